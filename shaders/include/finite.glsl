// Whether a number is finite, with room for its square to be.  By its bits: compilers may optimise
// isnan() away, and take !(x < y) for x >= y, which a NaN fails as well; clamp() may hide one.
bool is_finite(float x) {
    return (floatBitsToUint(x) & 0x7fffffffu) < 0x5d5e0b6bu;  // 1e18
}

bool is_finite(vec3 v) {
    return is_finite(v.x) && is_finite(v.y) && is_finite(v.z);
}
