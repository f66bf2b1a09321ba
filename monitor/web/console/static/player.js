// The video of one item: at the match's second, with the box where the subject is at the very frame that is painted.
const LONGEST_GAP = 1.5; // Seconds between two looks at a video over which a box is drawn in between.

export function boxAt(boxes, t) {
  let before = null, after = null;
  for (const box of boxes) {
    if (box[0] <= t) before = box;
    else { after = box; break; }
  }
  if (before && after && after[0] - before[0] <= LONGEST_GAP) {
    const share = (t - before[0]) / (after[0] - before[0]);
    return before.slice(1).map((value, place) => value + share * (after[place + 1] - value));
  }
  const near = [before, after].find(box => box && Math.abs(box[0] - t) <= LONGEST_GAP / 3);
  return near ? near.slice(1) : null;
}

export class Player {
  constructor(item) {
    this.video = item.querySelector("video");
    if (!this.video) return;
    this.from = Number(item.dataset.from);
    this.boxes = JSON.parse(item.dataset.boxes);
    this.svg = item.querySelector(".boxes");
    this.rect = this.svg.querySelector("rect");
    this.line = item.querySelector(".line");
    this.now = this.line.querySelector(".now");
    // Once a still took its place nothing is heard of it any more.
    this.heard = new AbortController();
    const on = (name, then) => this.video.addEventListener(name, then, { signal: this.heard.signal });
    on("loadedmetadata", () => this.measured());
    on("play", () => { this.video.dataset.playing = ""; });
    on("pause", () => { delete this.video.dataset.playing; });
    on("error", () => this.stillInstead());
    if (this.video.readyState >= 1) this.measured();
    if (this.video?.error) this.stillInstead();
    this.follow();
  }

  measured() {
    const { videoWidth: width, videoHeight: height, duration } = this.video;
    // What is heard has no boxes, and its file may hold no pictures at all.
    if (!width && this.boxes.length) { this.stillInstead(); return; }
    if (width) this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (Number.isFinite(duration)) {
      const rows = this.line.viewBox.baseVal.height;
      this.line.setAttribute("viewBox", `0 0 ${duration} ${rows}`);
    }
    this.video.currentTime = this.from;
  }

  follow() {
    const painted = (_, frame) => {
      this.draw(frame.mediaTime);
      this.video?.requestVideoFrameCallback(painted);
    };
    this.video?.requestVideoFrameCallback?.(painted);
  }

  draw(t) {
    const box = boxAt(this.boxes, t);
    this.rect.toggleAttribute("hidden", !box);
    this.rect.dataset.t = t;
    if (box) {
      const [x1, y1, x2, y2] = box;
      for (const [name, value] of [["x", x1], ["y", y1], ["width", x2 - x1], ["height", y2 - y1]]) this.rect.setAttribute(name, value);
    }
    this.now.setAttribute("x1", t);
    this.now.setAttribute("x2", t);
  }

  stillInstead() {
    if (!this.video?.parentNode) return;
    this.heard.abort();
    const still = new Image();
    still.src = this.video.poster;
    still.alt = "The frame at the clearest moment; this browser does not play the video";
    still.className = "still";
    this.video.replaceWith(still);
    this.svg.remove();
    this.video = null;
  }

  play() { this.video?.play().catch(() => {}); }
  pause() { this.video?.pause(); }
  toggle() { if (this.video) this.video.paused ? this.play() : this.pause(); }
}
