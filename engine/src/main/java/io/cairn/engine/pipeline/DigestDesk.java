package io.cairn.engine.pipeline;

import io.cairn.fsm.ReadView;
import io.cairn.fsm.StateDigest;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Digests at entries that the log marks: every member takes its own exactly there, however fast it applies. The Applier pins the state at a mark and
 * goes on; a thread that lives for as long as there is one to compute walks it. The newest few are kept.
 *
 * <p>Thread safe. Called for a mark and a question only.
 */
public final class DigestDesk {
    private static final int KEPT = 16;
    private static final int VIEWS_MAX = 2;

    private final Deque<long[]> known = new ArrayDeque<>();
    private final Deque<ReadView> due = new ArrayDeque<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean isRunning;
    private boolean isClosed;

    /** Somebody who asked for what is not known yet. */
    private record Waiting(long index, LongConsumer answer) {
    }

    DigestDesk() {
    }

    /** Applier: is there room for another? */
    synchronized boolean takes() {
        return !isClosed && due.size() < VIEWS_MAX;
    }

    /** Applier: the state at a mark, pinned. */
    synchronized void take(final ReadView view) {
        if (isClosed) {
            view.close();
            return;
        }
        due.add(view);
        if (!isRunning) {
            isRunning = true;
            final Thread thread = new Thread(this::compute, "cairn-digest");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            thread.start();
        }
    }

    private void compute() {
        for (ReadView view = next(); null != view; view = next()) {
            final long index = view.index();
            final long value = StateDigest.of(view, false);
            view.close();
            final List<Waiting> answered;
            synchronized (this) {
                if (known.size() == KEPT) {
                    known.remove();
                }
                known.add(new long[] {index, value});
                answered = waiting.stream().filter(one -> one.index() == index).toList();
                waiting.removeAll(answered);
            }
            answered.forEach(one -> one.answer().accept(value));
        }
    }

    private synchronized ReadView next() {
        final ReadView view = due.poll();
        isRunning = null != view;
        return view;
    }

    /**
     * Ask for the digest at a mark.
     *
     * @param index  of the mark.
     * @param answer called once, at once or when it is known, on any thread; never where this member does not take it.
     */
    public void ask(final long index, final LongConsumer answer) {
        synchronized (this) {
            for (final long[] one : known) {
                if (one[0] == index) {
                    answer.accept(one[1]);
                    return;
                }
            }
            if (waiting.size() == KEPT) {
                waiting.remove(0);
            }
            waiting.add(new Waiting(index, answer));
        }
    }

    /** Nothing more is taken; what is pinned is let go. */
    synchronized void close() {
        isClosed = true;
        due.forEach(ReadView::close);
        due.clear();
    }
}
