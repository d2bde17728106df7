// Mass, centre of mass, and second moments about it, summed over points or smaller cells.

struct Moments {
    float mass;
    vec3 first;
    vec3 diagonal;  // xx, yy, zz
    vec3 mixed;     // yz, zx, xy
};

// Adds a mass at an offset from the point that all are measured from.
void add_mass(inout Moments sum, float mass, vec3 offset) {
    sum.mass += mass;
    sum.first += mass * offset;
    sum.diagonal += mass * offset * offset;
    sum.mixed += mass * offset.yzx * offset.zxy;
}

// The cell with these moments, which were measured from `base`.
CellsItem cell_from(Moments sum, vec3 base) {
    vec3 mean = sum.first / sum.mass;
    vec3 diagonal = max(sum.diagonal - sum.mass * mean * mean, 0.0);
    vec3 mixed = sum.mixed - sum.mass * mean.yzx * mean.zxy;
    float trace = diagonal.x + diagonal.y + diagonal.z;
    return CellsItem(base + mean, sum.mass, diagonal, trace, vec4(mixed, 0));
}
