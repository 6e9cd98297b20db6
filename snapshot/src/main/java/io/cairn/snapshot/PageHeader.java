package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The header that {@code pages.dat} and {@code pages.idx} begin with, so that each says by itself what it is and which snapshot it belongs to.
 * <pre>
 *   0 i64 magic        8 i32 version     12 i32 kind (0 full, 1 incremental)
 *  16 i32 page size   20 i32 page count  24 i32 live pages   28 i32 stored pages
 *  32 i32 catalog root                   36 i32 zero
 *  40 i64 epoch       48 i64 base epoch (−1 when full)
 *  56 i64 index       64 i64 term        72 i64 created ms                            little-endian
 * </pre>
 */
final class PageHeader {
    static final int LENGTH = 80;
    static final long PAGES_MAGIC = 0x3147504E52494143L; // "CAIRNPG1"
    static final long INDEX_MAGIC = 0x3158444E52494143L; // "CAIRNDX1"

    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));

    /** The header of a snapshot's file. */
    PageHeader of(final long magic, final SnapshotManifest.Builder manifest) {
        final PageImage pages = manifest.pages;
        buffer.putLong(0, magic, LITTLE_ENDIAN);
        buffer.putInt(8, SnapshotManifest.FORMAT_VERSION, LITTLE_ENDIAN);
        buffer.putInt(12, manifest.base == null ? 0 : 1, LITTLE_ENDIAN);
        buffer.putInt(16, pages.pageSize(), LITTLE_ENDIAN);
        buffer.putInt(20, pages.pageCount(), LITTLE_ENDIAN);
        buffer.putInt(24, pages.livePages(), LITTLE_ENDIAN);
        buffer.putInt(28, pages.storedPages(), LITTLE_ENDIAN);
        buffer.putInt(32, pages.catalogRoot(), LITTLE_ENDIAN);
        buffer.putInt(36, 0, LITTLE_ENDIAN);
        buffer.putLong(40, pages.epoch(), LITTLE_ENDIAN);
        buffer.putLong(48, manifest.base == null ? -1 : manifest.base.epoch(), LITTLE_ENDIAN);
        buffer.putLong(56, manifest.index, LITTLE_ENDIAN);
        buffer.putLong(64, manifest.term, LITTLE_ENDIAN);
        buffer.putLong(72, manifest.createdMs, LITTLE_ENDIAN);
        return this;
    }

    /** The header that the files of a published snapshot must have. */
    PageHeader of(final long magic, final SnapshotManifest manifest) {
        final SnapshotManifest.Builder builder = new SnapshotManifest.Builder();
        builder.index = manifest.index();
        builder.term = manifest.term();
        builder.createdMs = manifest.createdMs();
        builder.pages = manifest.pages();
        builder.base = manifest.base().orElse(null);
        return of(magic, builder);
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    long word(final int offset) {
        return buffer.getLong(offset, LITTLE_ENDIAN);
    }
}
