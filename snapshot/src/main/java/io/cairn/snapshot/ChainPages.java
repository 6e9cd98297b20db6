package io.cairn.snapshot;

import io.cairn.wal.io.StorageFile;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The pages of a chain in ascending order of id, each from the element that has its newest version: a page provider for a merge. Every element
 * is read
 * forward only, through a buffer of its own, and every page is checked against its element's index.
 *
 * <p>Owner: the Snapshotter.
 */
final class ChainPages implements PageProvider, AutoCloseable {
    private static final int BUFFER_LENGTH = 256 << 10;
    private final Element[] elements;

    ChainPages(final SnapshotChain chain) {
        final List<ChainElement> list = chain.elements();
        elements = new Element[list.size()];
        try {
            for (int i = 0; i < elements.length; i++) {
                elements[i] = new Element(list.get(i), chain.findings(list.get(i).manifest()));
            }
        } catch (final RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public int copy(final int pageId, final UnsafeBuffer dst, final int offset) {
        for (final Element element : elements) {
            if (element.pages.isThere() && element.pages.page() == pageId) {
                return element.copy(dst, offset);
            }
        }
        throw new SnapshotException("page " + pageId + " is in no file of the chain");
    }

    @Override
    public void close() {
        for (final Element element : elements) {
            if (element != null) {
                element.close();
            }
        }
    }

    /** One element and its read buffer. */
    private static final class Element {
        private final StoredPages pages;
        private final Findings findings;
        private final StorageFile file;
        private final ByteBuffer memory;
        private final UnsafeBuffer buffer;
        private final int pageSize;
        private final long endPosition;
        private long position;
        private int length;

        Element(final ChainElement element, final Findings findings) {
            this.findings = findings;
            pages = new StoredPages(element, 0, element.assigned().pageCount());
            pageSize = element.image().pageSize();
            endPosition = PageFile.lengthBytes(element.image(), element.manifest().isIncremental());
            file = element.openPages();
            memory = ByteBuffer.allocateDirect(BUFFER_LENGTH);
            buffer = new UnsafeBuffer(memory);
        }

        int copy(final UnsafeBuffer dst, final int offset) {
            final long wanted = PageFile.position(pages.slot(), pageSize);
            if (wanted < position || wanted + pageSize > position + length) {
                final int count = (int)Math.min(BUFFER_LENGTH / pageSize * pageSize, endPosition - wanted);
                FileBytes.readFully(file, wanted, buffer, 0, count);
                position = wanted;
                length = count;
            }
            final int from = (int)(wanted - position);
            final int computed = Checksums.of(buffer, from, pageSize);
            if (computed != pages.checksum()) {
                findings.addChecksum(PageFile.FILE_NAME, wanted, pages.page(), pageSize, computed, pages.checksum());
                throw new SnapshotException("damaged: " + findings.list().get(findings.list().size() - 1));
            }
            dst.putBytes(offset, buffer, from, pageSize);
            pages.advance();
            return computed;
        }

        void close() {
            file.close();
            buffer.wrap(0, 0);
            BufferUtil.free(memory);
        }
    }
}
