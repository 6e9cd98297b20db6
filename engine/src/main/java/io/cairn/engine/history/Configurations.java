package io.cairn.engine.history;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Where the search has been: Lowe's memoisation. A configuration is the next answer to be explained, the state, and which of the operations that had
 * begun by then have already taken effect: closed ones (answered later) and open ones (never answered), each as bits.
 *
 * <p>Of two configurations that differ in open operations only, the one that has used fewer can do whatever the other can, since nothing ever forces
 * an open operation to take effect: the other need not be searched. That keeps unknown outcomes cheap.
 *
 * <p>Owner: one check.
 */
final class Configurations {
    private static final int NONE = -1;
    private static final int CAPACITY_MIN = 1 << 10;

    private final int closedWords;
    private final int openWords;
    private final int stride;
    private long[] entries;
    private int[] chain;
    private int[] table;
    private int[] heads;
    private int headCount;
    private int count;

    Configurations(final int closedWords, final int openWords) {
        this.closedWords = closedWords;
        this.openWords = openWords;
        stride = 1 + closedWords + openWords;
        entries = new long[CAPACITY_MIN * stride];
        chain = new int[CAPACITY_MIN];
        heads = new int[CAPACITY_MIN];
        table = new int[CAPACITY_MIN * 2];
        Arrays.fill(table, NONE);
    }

    /** @return configurations kept. */
    int count() {
        return count;
    }

    /**
     * Remember a configuration.
     *
     * @param answer the next answer to be explained.
     * @param state  of the register.
     * @param bits   words of the closed and then of the open operations.
     * @param at     the first of them.
     * @return false when this one, or one that can do all that it can, was here before.
     */
    boolean add(final int answer, final int state, final long[] bits, final int at) {
        final long place = (long)answer << 32 | state;
        int slot = slot(place, bits, at);
        while (NONE != table[slot]) {
            final int head = heads[table[slot]];
            if (isSame(head, place, bits, at)) {
                for (int entry = head; NONE != entry; entry = chain[entry]) {
                    if (isWithin(entry, bits, at)) {
                        return false;
                    }
                }
                final int entry = append(place, bits, at);
                chain[entry] = head;
                heads[table[slot]] = entry;
                return true;
            }
            slot = slot + 1 & table.length - 1;
        }
        final int entry = append(place, bits, at);
        chain[entry] = NONE;
        if (headCount == heads.length) {
            heads = Arrays.copyOf(heads, headCount * 2);
        }
        table[slot] = headCount;
        heads[headCount++] = entry;
        if (headCount * 2 > table.length) {
            rehash();
        }
        return true;
    }

    /**
     * Every state in which an answer was to be explained.
     *
     * @param answer by its number.
     * @param states gets each, once for each configuration.
     */
    void states(final int answer, final IntConsumer states) {
        for (int entry = 0; entry < count; entry++) {
            final long place = entries[entry * stride];
            if ((int)(place >>> 32) == answer) {
                states.accept((int)place);
            }
        }
    }

    private int append(final long place, final long[] bits, final int at) {
        if (count == chain.length) {
            chain = Arrays.copyOf(chain, count * 2);
            entries = Arrays.copyOf(entries, entries.length * 2);
        }
        final int entry = count++;
        entries[entry * stride] = place;
        System.arraycopy(bits, at, entries, entry * stride + 1, stride - 1);
        return entry;
    }

    private boolean isSame(final int entry, final long place, final long[] bits, final int at) {
        final int base = entry * stride;
        return entries[base] == place && Arrays.equals(entries, base + 1, base + 1 + closedWords, bits, at, at + closedWords);
    }

    /** Whether the entry has used no open operation that the bits have not. */
    private boolean isWithin(final int entry, final long[] bits, final int at) {
        final int base = entry * stride + 1 + closedWords;
        for (int word = 0; word < openWords; word++) {
            if (0 != (entries[base + word] & ~bits[at + closedWords + word])) {
                return false;
            }
        }
        return true;
    }

    private int slot(final long place, final long[] bits, final int at) {
        long hash = mix(place);
        for (int word = 0; word < closedWords; word++) {
            hash = mix(hash ^ bits[at + word]);
        }
        return (int)hash & table.length - 1;
    }

    private static long mix(final long value) {
        final long z = (value + 0x9E37_79B9_7F4A_7C15L) * 0xBF58_476D_1CE4_E5B9L;
        return (z ^ z >>> 29) * 0x94D0_49BB_1331_11EBL ^ z >>> 32;
    }

    private void rehash() {
        table = new int[table.length * 2];
        Arrays.fill(table, NONE);
        for (int head = 0; head < headCount; head++) {
            final int base = heads[head] * stride;
            int slot = slot(entries[base], entries, base + 1);
            while (NONE != table[slot]) {
                slot = slot + 1 & table.length - 1;
            }
            table[slot] = head;
        }
    }
}
