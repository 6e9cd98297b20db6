package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Replaces a range of keys of a tree by given entries: {@link #begin}, the entries in key order, {@link #end}. What is there already in the
 * same form is not touched, so that only what differs makes pages new. Owner: the writer thread.
 * <p>
 * Errors: {@link IllegalArgumentException} for entries out of order or out of the range, {@link IllegalStateException} for an entry that should
 * be there and is not; the tree may be half changed then.
 */
public final class RangePatch
{
    private static final long UNBOUNDED = Long.MAX_VALUE;

    private final ValueView view = new ValueView();
    private final UnsafeBuffer position;
    private final UnsafeBuffer end;
    private final int keyLengthMax;
    private BTree tree;
    private int positionLength;
    private int endLength;
    private boolean isAtEnd;

    /**
     * @param tables whose trees are to be changed.
     */
    public RangePatch(final Tables tables)
    {
        keyLengthMax = PageDescriptor.keyLengthMax(tables.arena().pageSize());
        position = new UnsafeBuffer(new byte[keyLengthMax + 1]);
        end = new UnsafeBuffer(new byte[keyLengthMax]);
    }

    /**
     * Begin with a range.
     *
     * @param target     tree.
     * @param low        buffer that holds the inclusive beginning.
     * @param lowOffset  of the beginning.
     * @param lowLength  of the beginning; 0 for the beginning of the tree.
     * @param high       buffer that holds the exclusive end.
     * @param highOffset of the end.
     * @param highLength of the end; -1 for the end of the tree.
     */
    public void begin(
        final BTree target,
        final DirectBuffer low,
        final int lowOffset,
        final int lowLength,
        final DirectBuffer high,
        final int highOffset,
        final int highLength)
    {
        if (lowLength < 0 || lowLength > keyLengthMax || highLength < -1 || highLength > keyLengthMax)
        {
            throw new IllegalArgumentException("a range from a key of " + lowLength + " bytes to one of " + highLength);
        }
        tree = target;
        position.putBytes(0, low, lowOffset, lowLength);
        positionLength = lowLength;
        endLength = highLength;
        end.putBytes(0, high, highOffset, Math.max(0, highLength));
        isAtEnd = false;
        if (highLength >= 0 && order(low, lowOffset, lowLength, end, highLength) >= 0)
        {
            throw new IllegalArgumentException("a range that ends before it begins");
        }
    }

    /**
     * The next entry of the range.
     *
     * @param key         buffer that holds the key.
     * @param keyOffset   of the key.
     * @param keyLength   of the key.
     * @param value       buffer that holds the value.
     * @param valueOffset of the value.
     * @param valueLength of the value.
     */
    public void put(
        final DirectBuffer key,
        final int keyOffset,
        final int keyLength,
        final DirectBuffer value,
        final int valueOffset,
        final int valueLength)
    {
        goTo(key, keyOffset, keyLength);
        if (!tree.find(key, keyOffset, keyLength, view) || !isEqual(value, valueOffset, valueLength))
        {
            tree.put(key, keyOffset, keyLength, value, valueOffset, valueLength);
        }
    }

    /**
     * The next entry of the range, whose value is the one that is there.
     *
     * @param key         buffer that holds the key.
     * @param keyOffset   of the key.
     * @param keyLength   of the key.
     */
    public void keep(final DirectBuffer key, final int keyOffset, final int keyLength)
    {
        goTo(key, keyOffset, keyLength);
        if (!tree.find(key, keyOffset, keyLength, view))
        {
            throw new IllegalStateException("an entry that is to be kept is not there");
        }
    }

    /** The range has no more entries. */
    public void end()
    {
        if (!isAtEnd)
        {
            removeUpTo(endLength < 0 ? null : end, 0, endLength);
        }
        tree = null;
    }

    /** Remove what lies between the entry before and this one, and stand behind this one. */
    private void goTo(final DirectBuffer key, final int offset, final int length)
    {
        if (length < 0 || length > keyLengthMax)
        {
            throw new IllegalArgumentException("a key of " + length + " bytes");
        }
        final int order = order(key, offset, length, position, positionLength);
        if (isAtEnd || order < 0 || endLength >= 0 && order(key, offset, length, end, endLength) >= 0)
        {
            throw new IllegalArgumentException("an entry is out of order, or outside of its range");
        }
        if (order > 0)
        {
            removeUpTo(key, offset, length);
        }
        position.putBytes(0, key, offset, length);
        stepBehind(length);
    }

    private void removeUpTo(final DirectBuffer to, final int offset, final int length)
    {
        tree.removeRange(position, 0, positionLength, to, offset, length, UNBOUNDED);
    }

    /** The least key that is greater: one zero byte more, or where keys are not that long, the last byte that can be raised is. */
    private void stepBehind(final int length)
    {
        if (length < keyLengthMax)
        {
            position.putByte(length, (byte)0);
            positionLength = length + 1;
            return;
        }
        int last = length - 1;
        while (last >= 0 && position.getByte(last) == (byte)0xFF)
        {
            last--;
        }
        isAtEnd = last < 0;
        if (!isAtEnd)
        {
            position.putByte(last, (byte)(position.getByte(last) + 1));
            positionLength = last + 1;
        }
    }

    private boolean isEqual(final DirectBuffer value, final int offset, final int length)
    {
        if (view.length() != length)
        {
            return false;
        }
        int done = 0;
        do
        {
            final DirectBuffer piece = view.piece();
            if (Bytes.mismatch(piece, 0, value, offset + done, piece.capacity()) < piece.capacity())
            {
                return false;
            }
            done += piece.capacity();
        }
        while (view.nextPiece());
        return true;
    }

    private static int order(final DirectBuffer left, final int leftOffset, final int leftLength, final DirectBuffer right, final int rightLength)
    {
        return Bytes.order(left, leftOffset, leftLength, right, 0, rightLength);
    }
}
