// The neuron in focus, whose weights are lifted out of the rest.
uniform int focus;  // -1: none

bool is_own(uvec2 ends) {
    return focus >= 0 && (ends.x == uint(focus) || ends.y == uint(focus));
}
