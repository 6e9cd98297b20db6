package io.cairn.bench.load;

import org.agrona.concurrent.NanoClock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A target on virtual time: answers after a fixed service time, can stall, can refuse.
 */
final class VirtualTarget implements Target, NanoClock {
    private record Sent(int slot, long answerNs, int status) {
    }

    final List<Integer> keys = new ArrayList<>();
    final List<Long> sentAtNs = new ArrayList<>();
    private final ArrayDeque<Sent> queue = new ArrayDeque<>();
    private final long serviceNs;
    private long nowNs;
    private long stalledUntilNs;
    private int refusals;
    private int status = OK;
    private boolean isMute;

    VirtualTarget(final long serviceNs) {
        this.serviceNs = serviceNs;
    }

    void advance(final long nanos) {
        nowNs += nanos;
    }

    void stallUntil(final long untilNs) {
        stalledUntilNs = untilNs;
    }

    void refuse(final int times) {
        refusals = times;
    }

    void fail() {
        status = FAILED;
    }

    void mute() {
        isMute = true;
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public int submit(final int operation, final int key, final int slot) {
        if (refusals > 0) {
            refusals--;
            return BACK_PRESSURED;
        }
        keys.add(key);
        sentAtNs.add(nowNs);
        queue.add(new Sent(slot, nowNs + serviceNs, status));
        return ACCEPTED;
    }

    @Override
    public int poll(final Completions completions, final int limit) {
        int count = 0;
        while (!isMute && nowNs >= stalledUntilNs && count < limit && !queue.isEmpty() && queue.peek().answerNs() <= nowNs) {
            final Sent sent = queue.remove();
            completions.onCompletion(sent.slot(), sent.status());
            count++;
        }
        return count;
    }
}
