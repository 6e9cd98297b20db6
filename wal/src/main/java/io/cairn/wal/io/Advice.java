package io.cairn.wal.io;

/**
 * What the kernel is told about the coming use of a {@link MappedRegion}. Advice is a hint: an implementation that cannot give it ignores it.
 */
public enum Advice
{
    /** No special treatment. */
    NORMAL,

    /** Pages are wanted one at a time: no read-ahead, no large folios. */
    RANDOM,

    /** Pages are wanted in order: read far ahead. */
    SEQUENTIAL,

    /** The pages will be wanted soon. */
    WILL_NEED,

    /** The pages will not be wanted soon: lets go of them in the mapping, not in the file. What was stored stays and reads as before. */
    DONT_NEED,

    /** Back the region with huge pages where the kernel can. */
    HUGE_PAGE
}
