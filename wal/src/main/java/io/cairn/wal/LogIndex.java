package io.cairn.wal;

import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.util.Arrays;
import org.agrona.UnsafeApi;

/**
 * What one segment knows about its records without reading them: a sparse index, the term starts and the configuration entries. The Sequencer adds
 * while the segment is active; once it is sealed the footer holds the same, and the sparse part is read from there.
 * <p>
 * Any thread reads: an entry is written before the count that covers it is published.
 */
final class LogIndex
{
    private static final int CAPACITY_INITIAL = 4;

    private long baseIndex;
    private final int stride;
    private final int sparseMax;
    private volatile int[] sparse;
    private volatile int sparseCount;
    private volatile long footerAddress;
    private long[] termIndexes = new long[CAPACITY_INITIAL];
    private long[] terms = new long[CAPACITY_INITIAL];
    private volatile int termCount;
    private long[] configurationIndexes = new long[CAPACITY_INITIAL];
    private int[] configurationOffsets = new int[CAPACITY_INITIAL];
    private volatile int configurationCount;
    private int nextSparseOffset = SegmentDescriptor.RECORDS_OFFSET;
    private long lastTerm = -1;

    LogIndex(final int segmentBytes)
    {
        stride = SegmentDescriptor.stride(segmentBytes);
        sparseMax = SegmentDescriptor.sparseMax(segmentBytes);
        sparse = new int[2 * sparseMax];
    }

    /** The segment begins at this index. Before any record is added. */
    void baseIndex(final long base)
    {
        baseIndex = base;
    }

    /**
     * Is there room for one more term start or configuration entry?
     */
    boolean hasRoom(final int type, final long term)
    {
        return (term == lastTerm || termCount < SegmentDescriptor.TERMS_MAX) &&
            (type != RecordDescriptor.CONFIGURATION || configurationCount < SegmentDescriptor.CONFIGURATIONS_MAX);
    }

    /**
     * Must {@link #add} be called for this record? Keeps the usual case to one comparison each.
     */
    boolean isNoted(final int type, final long term, final int offset)
    {
        return offset >= nextSparseOffset || term != lastTerm || type == RecordDescriptor.CONFIGURATION;
    }

    void add(final int type, final long index, final long term, final int offset)
    {
        if (offset >= nextSparseOffset && sparseCount < sparseMax)
        {
            final int count = sparseCount;
            final int[] entries = sparse;
            entries[2 * count] = (int)(index - baseIndex);
            entries[2 * count + 1] = offset;
            sparseCount = count + 1;
            nextSparseOffset = offset + stride;
        }
        if (term != lastTerm)
        {
            addTerm(index, term);
        }
        if (type == RecordDescriptor.CONFIGURATION)
        {
            addConfiguration(index, offset);
        }
    }

    private void addTerm(final long index, final long term)
    {
        final int count = termCount;
        if (count == terms.length)
        {
            termIndexes = Arrays.copyOf(termIndexes, 2 * count);
            terms = Arrays.copyOf(terms, 2 * count);
        }
        termIndexes[count] = index;
        terms[count] = term;
        lastTerm = term;
        termCount = count + 1;
    }

    private void addConfiguration(final long index, final int offset)
    {
        final int count = configurationCount;
        if (count == configurationIndexes.length)
        {
            configurationIndexes = Arrays.copyOf(configurationIndexes, 2 * count);
            configurationOffsets = Arrays.copyOf(configurationOffsets, 2 * count);
        }
        configurationIndexes[count] = index;
        configurationOffsets[count] = offset;
        configurationCount = count + 1;
    }

    /**
     * Where to begin walking to reach an index: the offset of an indexed record at or before it.
     */
    int offsetBefore(final long index)
    {
        final int count = sparseCount;
        final int[] entries = sparse;
        final long address = footerAddress + SegmentDescriptor.FOOTER_FIXED_LENGTH;
        final int wanted = (int)(index - baseIndex);
        int low = 0;
        int high = count - 1;
        int found = -1;
        while (low <= high)
        {
            final int middle = low + high >>> 1;
            final int at = entries == null ? UnsafeApi.getInt(address + 8L * middle) : entries[2 * middle];
            if (at <= wanted)
            {
                found = middle;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        if (found < 0)
        {
            return SegmentDescriptor.RECORDS_OFFSET;
        }
        return entries == null ? UnsafeApi.getInt(address + 8L * found + 4) : entries[2 * found + 1];
    }

    long termAt(final long index)
    {
        long term = -1;
        final int count = termCount;
        for (int i = 0; i < count && termIndexes[i] <= index; i++)
        {
            term = terms[i];
        }
        return term;
    }

    /**
     * The first index in this segment from which on all entries up to an index have the same term.
     */
    long termStart(final long index)
    {
        long start = baseIndex;
        final int count = termCount;
        for (int i = 0; i < count && termIndexes[i] <= index; i++)
        {
            start = termIndexes[i];
        }
        return start;
    }

    /**
     * The highest index of a configuration entry at or below an index, -1 if there is none in this segment.
     */
    long configurationAtOrBelow(final long index)
    {
        long found = -1;
        final int count = configurationCount;
        for (int i = 0; i < count && configurationIndexes[i] <= index; i++)
        {
            found = configurationIndexes[i];
        }
        return found;
    }

    /**
     * Writes the entries of the footer behind its fixed part, which gets the counts. The footer must be zero before.
     */
    void writeTo(final long footer)
    {
        long at = footer + SegmentDescriptor.FOOTER_FIXED_LENGTH;
        final int[] entries = sparse;
        for (int i = 0; i < 2 * sparseCount; i++)
        {
            UnsafeApi.putInt(at, entries[i]);
            at += 4;
        }
        for (int i = 0; i < termCount; i++)
        {
            UnsafeApi.putLong(at, termIndexes[i]);
            UnsafeApi.putLong(at + 8, terms[i]);
            at += 16;
        }
        for (int i = 0; i < configurationCount; i++)
        {
            UnsafeApi.putLong(at, configurationIndexes[i]);
            UnsafeApi.putLong(at + 8, configurationOffsets[i]);
            at += 16;
        }
        UnsafeApi.putInt(footer + SegmentDescriptor.FOOTER_SPARSE_COUNT_OFFSET, sparseCount);
        UnsafeApi.putInt(footer + SegmentDescriptor.FOOTER_TERM_COUNT_OFFSET, termCount);
        UnsafeApi.putInt(footer + SegmentDescriptor.FOOTER_CONFIGURATION_COUNT_OFFSET, configurationCount);
        UnsafeApi.putInt(footer + 68, stride);
    }

    /**
     * The footer is valid and stays: read the sparse part from there, and let the array go.
     */
    void sealed(final long footer)
    {
        footerAddress = footer;
        sparse = null;
    }

    /**
     * Takes over what a valid footer says.
     */
    void readFrom(final long footer)
    {
        final int footerSparse = UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_SPARSE_COUNT_OFFSET);
        final int footerTerms = UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_TERM_COUNT_OFFSET);
        final int footerConfigurations = UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_CONFIGURATION_COUNT_OFFSET);
        sparseCount = Math.min(footerSparse, sparseMax);
        long at = footer + SegmentDescriptor.FOOTER_FIXED_LENGTH + 8L * footerSparse;
        for (int i = 0; i < footerTerms; i++)
        {
            addTerm(UnsafeApi.getLong(at), UnsafeApi.getLong(at + 8));
            at += 16;
        }
        for (int i = 0; i < footerConfigurations; i++)
        {
            addConfiguration(UnsafeApi.getLong(at), (int)UnsafeApi.getLong(at + 8));
            at += 16;
        }
        sealed(footer);
    }
}
