// A strip along the network's axis behind every neuron of a layer, turned around the axis so that
// it faces the eye; six vertices a neuron.  The newest moment is at the neuron.
//
//     ( sphere )  newest ------------------ oldest
//               ^ clearance
//
// Reads position, history_range.
#include "draw/trail.glsl"
#include "include/camera.glsl"
#include "include/quad.glsl"
#include <position readonly>
#include <history_range readonly>
uniform uint layer;
uniform uint layers_recorded;
uniform uint recorded;          // moments that are filled
uniform float direction;        // along the axis, -1 or 1
uniform float length_world;     // of a full ring
uniform float width_world;      // where the value is the layer's largest
uniform float clearance_world;

out vec2 v_place;               // moments back, and across in units of half the width
flat out uint v_neuron;
flat out float v_range;

const float MARGIN_PX = 1.0;

void main() {
    v_neuron = layers[layer].neuron_start + uint(gl_VertexID / 6);
    v_range = history_range[moments * layers_recorded + layer - first_layer];
    vec3 start = (view_from_node * vec4(position[v_neuron].xyz, 1)).xyz;
    vec3 axis = mat3(view_from_node) * vec3(1, 0, 0);
    vec3 across = cross(start, axis);
    float px_per_world = 0.5 * viewport_px.y * clip_from_view[1][1] / max(-start.z, 1e-3);
    bool in_sight = is_finite(start) && length(across) > 1e-3 * length(start);
    if (!in_sight || width_world * px_per_world < 0.15) {
        gl_Position = vec4(2, 2, 2, 1);
        return;
    }
    vec2 corner = quad_corner();
    float back = 0.5 + 0.5 * corner.x;
    float half_width = 0.5 * width_world;
    float reach = half_width + MARGIN_PX / px_per_world;
    v_place = vec2(back * float(recorded), corner.y * reach / half_width);
    float along = clearance_world + length_world * back * float(recorded) / float(moments);
    gl_Position = clip_from_view
        * vec4(start + direction * along * axis + corner.y * reach * normalize(across), 1);
}
