// Cells of a grid: the group's box from its low corner, in cubes, x fastest.

// Beyond it, or not a number, a neuron neither pushes nor is pushed: no grid would hold it.
const float REACH = 1e6;

// By the bits, as integers: compilers turn comparisons of floats into others that a NaN passes.
bool within_reach(vec3 y) {
    return all(lessThan(floatBitsToUint(y) & 0x7fffffffu, uvec3(floatBitsToUint(REACH))));
}

uvec3 cell_of(vec3 from_corner, float size, uvec3 dims) {
    return min(uvec3(max(from_corner / size, 0.0)), dims - 1u);
}

uint flat_index(uvec3 cell, uvec3 dims) {
    return cell.x + dims.x * (cell.y + dims.y * cell.z);
}

uvec3 cell_at(uint index, uvec3 dims) {
    return uvec3(index % dims.x, index / dims.x % dims.y, index / (dims.x * dims.y));
}

uint volume(uvec3 dims) {
    return dims.x * dims.y * dims.z;
}

// The side of the cells in which plan.comp's survey counts the neurons.
float survey_size(vec3 extent) {
    return max(max(extent.x, max(extent.y, extent.z)) / float(SURVEY_SIDE), 1e-6);
}
