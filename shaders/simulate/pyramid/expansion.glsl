// The potential of far cells,  phi(y) = sum of m w(y - c),  w = 1 / (1 + d^2),  around the centre
// of mass of a near cell, as a Taylor series of third order.  It is all there is to know of the
// repulsion, because  w^2 (y - c) = -1/2 grad w.

struct Expansion {
    float value;
    vec3 slope;
    vec3 diagonal;  // second derivatives xx, yy, zz
    vec3 mixed;     // yz, zx, xy
    vec3 cubic;     // third derivatives xxx, yyy, zzz
    vec3 forward;   // xxy, yyz, zzx
    vec3 backward;  // xxz, yyx, zzy
    float xyz;
};

Expansion no_expansion() {
    return Expansion(0.0, vec3(0), vec3(0), vec3(0), vec3(0), vec3(0), vec3(0), 0.0);
}

mat3 symmetric(vec3 diagonal, vec3 mixed) {
    return mat3(diagonal.x, mixed.z, mixed.y,
                mixed.z, diagonal.y, mixed.x,
                mixed.y, mixed.x, diagonal.z);
}

// Adds a cell, its centre of mass `r` away, with its second moments.  With f(d^2) = w the
// derivatives are  D_i = 2f' r_i,  D_ij = 4f" r_i r_j + 2f' delta_ij,  and so on; moments meet them
// as far as the fourth.  The terms with a delta in the third are left to `complete`, for which
// `along` collects 4f" r.
void add_cell(inout Expansion e, inout vec3 along, vec3 r, CellsItem cell) {
    float w = 1.0 / (1.0 + dot(r, r));
    float d1 = -2.0 * w * w, d2 = -4.0 * w * d1, d3 = -6.0 * w * d2, d4 = -8.0 * w * d3;
    vec3 tilt = symmetric(cell.diagonal, cell.mixed.xyz) * r;
    float spread = 0.5 * dot(r, tilt), trace = 0.5 * cell.trace;
    float second = cell.mass * d2, third = cell.mass * d3;
    e.value += cell.mass * w + d2 * spread + d1 * trace;
    e.slope += (cell.mass * d1 + d3 * spread + d2 * trace) * r + d2 * tilt;
    float bend = second + d4 * spread + d3 * trace;
    e.diagonal += (cell.mass * d1 + d3 * spread + d2 * trace) + bend * r * r
                + d2 * cell.diagonal + 2.0 * d3 * tilt * r;
    e.mixed += bend * r.yzx * r.zxy
             + d2 * cell.mixed.xyz + d3 * (tilt.yzx * r.zxy + tilt.zxy * r.yzx);
    vec3 square = third * r * r;
    e.cubic += square * r;
    e.forward += square * r.yzx;
    e.backward += square * r.zxy;
    e.xyz += third * r.x * r.y * r.z;
    along += second * r;
}

void complete(inout Expansion e, vec3 along) {
    e.cubic += 3.0 * along;
    e.forward += along.yzx;
    e.backward += along.zxy;
}

// The third derivatives, contracted with s.
mat3 third_along(Expansion e, vec3 s) {
    return symmetric(e.cubic * s + e.forward * s.yzx + e.backward * s.zxy,
                     e.forward.yzx * s.yzx + e.backward.zxy * s.zxy + e.xyz * s);
}

// The same series around a point s further on.
Expansion shifted(Expansion e, vec3 s) {
    mat3 third = third_along(e, s);
    vec3 from_third = third * s, from_second = symmetric(e.diagonal, e.mixed) * s;
    e.value += dot(s, e.slope + from_second / 2.0 + from_third / 6.0);
    e.slope += from_second + from_third / 2.0;
    e.diagonal += vec3(third[0][0], third[1][1], third[2][2]);
    e.mixed += vec3(third[1][2], third[2][0], third[0][1]);
    return e;
}
