// The way of a weight from the neuron it leaves to the one it enters.
//
//     a ----.                .---- b       bundling 0: the straight line from a to b
//            '--.        .--'              bundling 1: along the route between the hubs of both
//     hub_a ----  route  ---- hub_b        bundles, out of the first neuron and into the second
//            .--'        '--.              along the network's axis, x
//       ----'                '----
#include <position readonly>
#include <hub readonly>
uniform float bundling;  // 0..1

// How near to the route they come at most: a strand keeps a body that tells how much it holds.
const float TIGHTNESS = 0.9;
const float GATHERED = 0.42;  // share of the way from which on they run together

struct Curve { vec3 a, b, hub_a, hub_b; };

Curve curve_between(uvec2 ends) {
    return Curve(position[ends.x].xyz, position[ends.y].xyz, hub[ends.x].xyz, hub[ends.y].xyz);
}

vec3 point_on(Curve curve, float share) {
    vec3 sideways = vec3(share, vec2(mix(share, smoothstep(0.0, 1.0, share), bundling)));
    vec3 alone = mix(curve.a, curve.b, sideways);
    vec3 together = mix(curve.hub_a, curve.hub_b, sideways);
    float gather = smoothstep(0.0, GATHERED, share) * smoothstep(0.0, GATHERED, 1.0 - share);
    return mix(alone, together, TIGHTNESS * bundling * gather);
}
