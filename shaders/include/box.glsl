// The mean over a box of cells along one axis, by a bounded number of taps.
//
//     |  cell  |  cell  |  cell  |     one less than `most` cells wide, a tap is a cell, and what
//          [----- box -----]           it weighs is how much of it lies in the box: exact.
//     tap 0      tap 1   tap 2         Wider, a tap is an equal part of the box, read in its middle.
struct Box {
    float low, high;  // in cells
    float first;      // border of the first tap
    float stride;     // cells a tap
    int taps;
};

Box box_around(float middle, float width, int most) {
    width = max(width, 1e-3);
    float low = middle - 0.5 * width, high = middle + 0.5 * width;
    float stride = max(width / float(most - 1), 1.0);
    float first = stride > 1.0 ? low : floor(low);
    return Box(low, high, first, stride, clamp(int(ceil((high - first) / stride)), 1, most));
}

// How much of the box a tap holds, cells.
float box_share(Box box, int tap) {
    float from = box.first + float(tap) * box.stride;
    return max(min(from + box.stride, box.high) - max(from, box.low), 0.0);
}

int box_cell(Box box, int tap, int count) {
    return clamp(int(floor(box.first + (float(tap) + 0.5) * box.stride)), 0, count - 1);
}
