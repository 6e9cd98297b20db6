package io.cairn.engine.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operations on one key as a search needs them: closed ones (answered) in the order of their answers, and open ones (never answered) in the order
 * of their calls; for every answer, which operations had begun and not been answered before it.
 *
 * <p>Closed operations that overlap have different slots; a slot is used again once its operation was answered, so that the bits of a configuration
 * are as many as operations were ever under way at one time. Where an answer and a call have the same time, the call counts as the earlier one.
 *
 * <p>Owner: one check; immutable once built.
 */
final class KeyHistory {
    /** Closed operations first, in the order of their answers; then the open ones in the order of their calls. */
    final Operation[] operations;
    final RegisterModel model;
    final int closedCount;
    final int slotCount;
    /** Slot of each closed operation. */
    final int[] slots;
    /** For each answer, the closed operations that are under way, itself included, in the order of their answers. */
    final int[][] pending;
    /** For each answer, how many open operations have begun. */
    final int[] openBegun;
    /** For each open operation, the one before it that is alike, or -1: that one is the first to be used. */
    final int[] alike;

    private KeyHistory(final Operation[] operations, final int closedCount, final int[] slots, final int slotCount, final int[][] pending) {
        this.operations = operations;
        model = new RegisterModel(operations);
        this.closedCount = closedCount;
        this.slots = slots;
        this.slotCount = slotCount;
        this.pending = pending;
        openBegun = openBegun(operations, closedCount);
        alike = alike();
    }

    /**
     * Order what happened to one key.
     *
     * @param all        operations on the key, in any order.
     * @param pendingMax entries of {@link #pending} at most.
     * @return the history, or null where so much overlaps that it would take more entries.
     */
    static KeyHistory of(final List<Operation> all, final long pendingMax) {
        final Operation[] closed = all.stream().filter(one -> Operation.Outcome.OK == one.outcome())
            .sorted(Comparator.comparingLong(Operation::end).thenComparingLong(Operation::start)).toArray(Operation[]::new);
        // A read that nobody got an answer to says nothing.
        final Operation[] open = all.stream()
            .filter(one -> Operation.Outcome.UNKNOWN == one.outcome() && Operation.Kind.GET != one.kind())
            .sorted(Comparator.comparingLong(Operation::start)).toArray(Operation[]::new);
        final Operation[] operations = Arrays.copyOf(closed, closed.length + open.length);
        System.arraycopy(open, 0, operations, closed.length, open.length);

        final Integer[] byStart = new Integer[closed.length];
        Arrays.setAll(byStart, i -> i);
        Arrays.sort(byStart, Comparator.comparingLong(i -> closed[i].start()));
        final int[] slots = new int[closed.length];
        final int[][] pending = new int[closed.length][];
        final SlotPool pool = new SlotPool();
        long pendingSum = 0;
        int begun = 0;
        for (int answer = 0; answer < closed.length; answer++) {
            while (begun < closed.length && closed[byStart[begun]].start() <= closed[answer].end()) {
                slots[byStart[begun]] = pool.take(byStart[begun]);
                begun++;
            }
            pending[answer] = pool.taken();
            pendingSum += pending[answer].length;
            if (pendingSum > pendingMax) {
                return null;
            }
            pool.release(slots[answer]);
        }
        return new KeyHistory(operations, closed.length, slots, pool.size(), pending);
    }

    private static int[] openBegun(final Operation[] operations, final int closedCount) {
        final int[] begun = new int[closedCount];
        int count = 0;
        for (int answer = 0; answer < closedCount; answer++) {
            while (closedCount + count < operations.length && operations[closedCount + count].start() <= operations[answer].end()) {
                count++;
            }
            begun[answer] = count;
        }
        return begun;
    }

    private int[] alike() {
        final int[] found = new int[openCount()];
        final Map<Object, Integer> last = new HashMap<>();
        for (int i = 0; i < found.length; i++) {
            final Integer before = last.put(model.likeness(closedCount + i), i);
            found[i] = null == before ? -1 : before;
        }
        return found;
    }

    /**
     * What was known when an answer came: later answers are not, later calls did not happen.
     *
     * @param answer     the last one that is known.
     * @param pendingMax as for {@link #of}.
     * @return the prefix, or null.
     */
    KeyHistory until(final int answer, final long pendingMax) {
        final long end = operations[answer].end();
        final List<Operation> prefix = new ArrayList<>();
        for (int i = 0; i < operations.length; i++) {
            if (operations[i].start() <= end) {
                prefix.add(i <= answer || i >= closedCount ? operations[i] : operations[i].unanswered());
            }
        }
        return of(prefix, pendingMax);
    }

    int openCount() {
        return operations.length - closedCount;
    }

    /** Hands out the lowest slot that is free. */
    private static final class SlotPool {
        private int[] holders = new int[16];
        private int size;
        private int takenCount;

        private SlotPool() {
            Arrays.fill(holders, -1);
        }

        private int take(final int operation) {
            int slot = 0;
            while (slot < size && holders[slot] >= 0) {
                slot++;
            }
            if (slot == holders.length) {
                holders = Arrays.copyOf(holders, slot * 2);
            }
            size = Math.max(size, slot + 1);
            holders[slot] = operation;
            takenCount++;
            return slot;
        }

        private int[] taken() {
            final int[] taken = new int[takenCount];
            int next = 0;
            for (int slot = 0; slot < size; slot++) {
                if (holders[slot] >= 0) {
                    taken[next++] = holders[slot];
                }
            }
            Arrays.sort(taken);
            return taken;
        }

        private void release(final int slot) {
            holders[slot] = -1;
            takenCount--;
        }

        private int size() {
            return size;
        }
    }
}
