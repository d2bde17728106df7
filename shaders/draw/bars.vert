// A bar beside every output: as long as the output's activation, over a track of full length.
// Twelve vertices an output: the track, then the bar.  Reads position, activation.
#include "include/camera.glsl"
#include "include/quad.glsl"
#include <position readonly>
#include <activation readonly>
uniform uint first_neuron;
uniform float offset_world;  // from the neuron's centre to the bar's left end
uniform float length_world;
uniform float height_world;

out vec2 v_place;          // 0..1 along, -1..1 across
flat out float v_filled;   // activation for the bar, negative for the track

void main() {
    uint neuron = first_neuron + uint(gl_VertexID / 12);
    bool track = gl_VertexID % 12 < 6;
    vec2 corner = quad_corner();
    float value = clamp(activation[neuron], 0.0, 1.0);
    float reach = track ? 1.0 : max(value, 0.004);
    v_place = vec2(0.5 + 0.5 * corner.x, corner.y);
    v_filled = track ? -1.0 : value;
    vec3 world = position[neuron].xyz;
    world.x += offset_world + reach * length_world * v_place.x;
    world.y += 0.5 * height_world * corner.y;
    world.z += track ? -0.01 : 0.0;
    gl_Position = clip_from_view * view_from_node * vec4(world, 1);
}
