// The potential  phi(y) = sum of w over far neurons,  w = 1 / (1 + d^2),  around the centre of mass
// of a cell, as a Taylor series of third order.  Its gradient is all there is to know of the
// repulsion, because  w^2 (y - c) = -1/2 grad w.

struct Expansion {
    float value;
    vec3 slope;
    vec3 diagonal;  // second derivatives xx, yy, zz
    vec3 cross;     // yz, zx, xy
    vec3 cubic;     // third derivatives xxx, yyy, zzz
    vec3 forward;   // xxy, yyz, zzx
    vec3 backward;  // xxz, yyx, zzy
    float mixed;    // xyz
};

mat3 symmetric(vec3 diagonal, vec3 cross) {
    return mat3(diagonal.x, cross.z, cross.y, cross.z, diagonal.y, cross.x, cross.y, cross.x,
                diagonal.z);
}

// The third derivatives, contracted with s.
mat3 third_along(Expansion e, vec3 s) {
    vec3 diagonal = e.cubic * s + e.forward * s.yzx + e.backward * s.zxy;
    // yz takes yyz, yzz, xyz; then round.
    vec3 cross = e.forward.yzx * s.yzx + e.backward.zxy * s.zxy + e.mixed * s;
    return symmetric(diagonal, cross);
}

// Adds a cell, `r` away from its centre of mass.  The sum of r r r lacks the terms with a delta;
// they are the same for all: `trace2` and `trace3` collect them for `complete`.
void add_cell(inout Expansion e, inout float trace2, inout vec3 trace3, vec3 r, CellsItem cell) {
    float w = 1.0 / (1.0 + dot(r, r));
    // Derivatives of w by r^2, times 2, 4, 8.
    float a = -2.0 * w * w, b = -4.0 * a * w, c = -6.0 * b * w;
    vec3 tilt = symmetric(cell.diagonal, cell.cross.xyz) * r;
    float along = dot(r, tilt);
    e.value += cell.mass * w + 0.5 * (b * along + a * cell.trace);
    e.slope += (cell.mass * a + 0.5 * (c * along + b * cell.trace)) * r + b * tilt;
    float mb = cell.mass * b, mc = cell.mass * c;
    float d = -8.0 * c * w, around = mb + 0.5 * (d * along + c * cell.trace);
    e.diagonal += around * r * r + b * cell.diagonal + 2.0 * c * tilt * r;
    e.cross += around * r.yzx * r.zxy + b * cell.cross.xyz + c * (tilt.yzx * r.zxy + r.yzx * tilt.zxy);
    trace2 += cell.mass * a + 0.5 * (c * along + b * cell.trace);
    vec3 square = mc * r * r;
    e.cubic += square * r;
    e.forward += square * r.yzx;
    e.backward += square * r.zxy;
    e.mixed += mc * r.x * r.y * r.z;
    trace3 += mb * r;
}

void complete(inout Expansion e, float trace2, vec3 trace3) {
    e.diagonal += trace2;
    e.cubic += 3.0 * trace3;
    e.forward += trace3.yzx;
    e.backward += trace3.zxy;
}

// The same series around a point s further on.
Expansion shifted(Expansion e, vec3 s) {
    mat3 third = third_along(e, s), second = symmetric(e.diagonal, e.cross);
    vec3 bent = third * s, bowed = second * s;
    e.value += dot(s, e.slope + 0.5 * bowed + bent / 6.0);
    e.slope += bowed + 0.5 * bent;
    e.diagonal += vec3(third[0][0], third[1][1], third[2][2]);
    e.cross += vec3(third[1][2], third[2][0], third[0][1]);
    return e;
}
