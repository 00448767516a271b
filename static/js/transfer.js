// One file on its way to the server: parts at an offset, pause, resume, cancel, and again after a lost connection.
// new Transfer(file, {begin, choices, tell}): begin is the address that takes the announcement, choices() the fields
// beside the file, tell(transfer) is called whenever something about it has changed. start() runs it to its end.
(() => {
  const KB = 1024, MB = 1024 * KB;
  const LEAST = 256 * KB; // of a part, for slow lines
  const WAITS = [1, 2, 4, 8, 15, 30]; // seconds; the last one again and again
  const SILENT = 45_000, FINISH = 300_000; // milliseconds without a sign of life
  const QUICK = 1500, SLOW = 6000; // milliseconds that a part may take before the next one changes its size
  const OVER = new Set(["done", "refused", "cancelled"]);
  const CHANGED = "This file was changed or moved while it was uploaded; choose it again.";
  const DISCARDED = "This upload was discarded meanwhile; choose the file again to upload it.";
  const SIGNED_OUT = "You are signed out or no longer in this project. Sign in and choose the file again: what has arrived is kept.";

  class Refused extends Error {}
  class Lost extends Error {}

  window.Transfer = class {
    constructor(file, { begin, choices, tell }) {
      Object.assign(this, { file, begin, choices, tell, state: "waiting", words: "", url: "", offset: 0, sent: 0, part: MB, most: Infinity, samples: [] });
    }

    get isOver() { return OVER.has(this.state); }
    get at() { return Math.min(this.file.size, this.offset + this.sent); }

    // Bytes a second over the last eight seconds; 0 where nothing can be said yet.
    get pace() {
      const [first, last] = [this.samples[0], this.samples.at(-1)];
      return first && last[0] - first[0] > 500 ? 1000 * (last[1] - first[1]) / (last[0] - first[0]) : 0;
    }

    say(state, words = "") {
      if (this.state === "cancelled") return;
      Object.assign(this, { state, words });
      this.tell(this);
    }

    async start() {
      this.say("sending");
      let failures = 0;
      while (!this.isOver) {
        const before = this.offset;
        try {
          await this.go();
        } catch (problem) {
          if (this.isOver) return;
          if (this.state === "paused") { await this.woken(); failures = 0; continue; }
          if (!(problem instanceof Lost)) { this.say("refused", problem instanceof Refused ? problem.message : "This browser could not read the file; choose it again."); return; }
          this.sent = 0;
          failures = this.offset > before ? 0 : failures + 1;
          await this.wait(WAITS[Math.min(failures, WAITS.length - 1)], problem.message);
        }
      }
    }

    // Announce or ask how far it is, send every part, finish. Announced twice, a finished file would come twice.
    async go() {
      this.take(await (this.url ? this.ask("GET", this.url) : this.ask("POST", this.begin, this.announcement())));
      while (!this.isDone && this.offset < this.file.size) {
        const began = performance.now();
        const bytes = await this.read();
        if (this.state !== "sending") throw new Lost("Paused");
        this.take(await this.ask("PATCH", this.url, bytes, { "Upload-Offset": String(this.offset), "Content-Type": "application/octet-stream" }));
        const took = performance.now() - began;
        if (took < QUICK) this.part = Math.min(this.part * 2, this.most);
        else if (took > SLOW) this.part = Math.max(this.part / 2, LEAST);
      }
      if (!this.isDone) {
        this.say("finishing");
        this.take(await this.ask("POST", `${this.url}finish/`, null, {}, FINISH));
      }
      if (!this.isDone) throw new Lost("Not everything has arrived");
      this.say("done");
    }

    announcement() {
      const form = new FormData();
      Object.entries(this.choices()).forEach(([name, value]) => form.set(name, value));
      form.set("name", this.file.name);
      form.set("size", this.file.size);
      form.set("modified", Math.floor(this.file.lastModified));
      return new URLSearchParams(form);
    }

    // In memory before it is sent: a file that was changed meanwhile fails here, and not as a lost connection.
    async read() {
      try {
        return await this.file.slice(this.offset, this.offset + this.part).arrayBuffer();
      } catch {
        throw new Refused(CHANGED);
      }
    }

    take(answer) {
      Object.assign(this, { url: answer.url, offset: answer.offset, sent: 0, most: Math.min(this.most, answer.part), isDone: answer.done });
      this.tell(this);
    }

    ask(method, url, body, headers = {}, patience = SILENT) {
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        let timer;
        const alive = () => { clearTimeout(timer); timer = setTimeout(() => request.abort(), patience); };
        const lost = () => { clearTimeout(timer); reject(new Lost("Connection lost")); };
        request.open(method, url);
        const own = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
        Object.entries({ ...own, Accept: "application/json", ...headers }).forEach(([name, value]) => request.setRequestHeader(name, value));
        request.upload.onprogress = (event) => { alive(); if (method === "PATCH") this.moved(event.loaded); };
        request.onerror = request.onabort = lost;
        request.onload = () => { clearTimeout(timer); this.judge(request, resolve, reject); };
        this.request = request;
        alive();
        request.send(body);
      });
    }

    // 409 tells the right place, which is all that is needed; 413 without our words comes from a proxy with a limit.
    judge({ status, responseText }, resolve, reject) {
      let answer = null;
      try { answer = JSON.parse(responseText); } catch { /* a page, not an answer */ }
      if (answer && (status < 300 || status === 409)) return resolve(answer);
      if (answer?.error && (status === 413 || status === 422 || status === 507)) return reject(new Refused(answer.error));
      if (status === 413) {
        this.most = this.part = Math.max(this.part / 2, LEAST);
        return reject(new Lost("The server takes smaller parts"));
      }
      if (status === 404 && this.url) return reject(new Refused(DISCARDED));
      if (status < 300 || (status > 400 && status < 405)) return reject(new Refused(SIGNED_OUT));
      return reject(new Lost(answer?.error || (status ? "The server did not answer as it should" : "Connection lost")));
    }

    moved(loaded) {
      this.sent = loaded;
      const now = performance.now();
      this.samples.push([now, this.at]);
      while (this.samples.length > 2 && now - this.samples[0][0] > 8000) this.samples.shift();
      this.tell(this);
    }

    async wait(seconds, why) {
      for (let left = seconds; left > 0 && this.state !== "paused" && !this.isOver; left -= 1) {
        this.say("lost", `${why}; trying again in ${left} s.`);
        await this.woken(1000);
        if (this.isHurried) break;
      }
      this.isHurried = false;
      if (this.state === "paused") await this.woken();
      if (!this.isOver) this.say("sending");
    }

    woken(milliseconds = 0) {
      return new Promise((resolve) => {
        this.wake = resolve;
        if (milliseconds) setTimeout(resolve, milliseconds);
      });
    }

    hurry() { this.isHurried = this.state === "lost"; this.wake?.(); }

    pause() { this.say("paused", "Paused."); this.samples = []; this.sent = 0; this.request?.abort(); this.wake?.(); }

    resume() { if (this.state === "paused") this.say("sending"); this.wake?.(); }

    // Gone here at once; the server is told, and forgets it by itself in a day should that not arrive.
    cancel() {
      const { url } = this;
      this.say("cancelled");
      this.request?.abort();
      this.wake?.();
      if (url) this.ask("POST", `${url}discard/`, null).catch(() => {});
    }
  };
})();
