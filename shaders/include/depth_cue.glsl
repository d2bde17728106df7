// Light fades with distance, so that depth can be told.
uniform float focus_distance;  // at which light is neither dimmed nor raised

float depth_cue(vec3 view) {
    return clamp(focus_distance / max(length(view), 1e-3), 0.35, 1.6);
}
