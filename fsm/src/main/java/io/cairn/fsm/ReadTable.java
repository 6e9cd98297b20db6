package io.cairn.fsm;

import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a query needs of a table, live or pinned. One thread.
 */
interface ReadTable {
    /** Copies a stored value out: its full length, -1 when the key is missing. */
    int get(DirectBuffer key, int keyOffset, int keyLength, MutableDirectBuffer target, int targetOffset, int capacity);

    /** Looks at a stored value where it lies: false when the key is missing. */
    boolean find(DirectBuffer key, int keyOffset, int keyLength, ValueView view);

    /** The table's cursor, one and the same at every call. */
    BTreeCursor cursor();
}
