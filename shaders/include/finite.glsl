// isnan() may be optimised away and clamp() may hide a NaN, so: a comparison that NaN fails.
bool is_finite(vec3 v) {
    return abs(v.x) < 1e30 && abs(v.y) < 1e30 && abs(v.z) < 1e30;
}
