// The camera of the frame; positions are in the space of the scene node that is drawn.
// Column vectors; the camera looks along -z, clip space is -w..w.
uniform mat4 view_from_node;
uniform mat4 clip_from_view;
uniform vec2 viewport_px;
uniform float pixel_scale;  // physical pixels per nominal pixel (a frame 720 nominal pixels high)
