package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.snapshot.SnapshotManifest.SnapshotBase;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The manifest as text: one {@code key=value} a line in a fixed order, ASCII, the last line {@code checksum=} over all bytes before it.
 *
 * <p>Reading is strict: what was read is rendered again and must give the same bytes, so there is exactly one text for a manifest and no byte in it
 * that could differ without notice (a hexadecimal digit in the other case, a leading zero, a space).
 */
final class ManifestText {
    static final int LENGTH_MAX = 64 << 20;
    private static final String TITLE = "# Cairn snapshot. Do not edit: the last line is a checksum of all lines before it.\n";
    private static final String CHECKSUM_KEY = "checksum=";

    private final String text;
    private int position;
    private int lineNumber;

    private ManifestText(final String text) {
        this.text = text;
    }

    /** The bytes of a manifest, checksum line included. */
    static byte[] render(final SnapshotManifest manifest) {
        final StringBuilder out = new StringBuilder(1024);
        out.append(TITLE);
        line(out, "format", SnapshotManifest.FORMAT_VERSION);
        line(out, "index", manifest.index());
        line(out, "term", manifest.term());
        line(out, "timestamp-ms", manifest.timestampMs());
        line(out, "created-ms", manifest.createdMs());
        line(out, "created", Instant.ofEpochMilli(manifest.createdMs()).toString());
        line(out, "wal-chain", hex(manifest.walChain()));
        line(out, "cluster-id", manifest.clusterId());
        line(out, "machine", manifest.machineName());
        line(out, "machine-version", manifest.machineVersion());
        line(out, "configuration", HexFormat.of().formatHex(manifest.configuration()));
        final PageImage pages = manifest.pages();
        line(out, "epoch", pages.epoch());
        line(out, "catalog-root", pages.catalogRoot());
        line(out, "page-size", pages.pageSize());
        line(out, "page-count", pages.pageCount());
        line(out, "live-pages", pages.livePages());
        line(out, "stored-pages", pages.storedPages());
        final SnapshotBase base = manifest.base().orElse(null);
        line(out, "kind", base == null ? "full" : "incremental");
        if (base != null) {
            line(out, "base", base.name());
            line(out, "base-epoch", base.epoch());
            line(out, "base-checksum", hex(base.manifestChecksum()));
        }
        line(out, "files", manifest.files().size());
        for (final SnapshotFile file : manifest.files()) {
            line(out, "file", file.name() + ' ' + file.lengthBytes() + ' ' + hex(file.checksum()) + (file.linked() ? " linked" : " own"));
        }
        line(out, "checksum", hex(checksumOf(out.toString().getBytes(StandardCharsets.US_ASCII))));
        return out.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The checksum in a manifest's last line. */
    static int checksum(final SnapshotManifest manifest) {
        final byte[] bytes = render(manifest);
        return (int)Long.parseLong(new String(bytes, bytes.length - 9, 8, StandardCharsets.US_ASCII), 16);
    }

    /**
     * Reads a manifest.
     *
     * @throws ManifestException if any byte is not what {@link #render} would have written; the message has the offset where that is known.
     */
    static SnapshotManifest parse(final byte[] bytes) throws ManifestException {
        final String text = new String(bytes, StandardCharsets.ISO_8859_1);
        final int end = text.length() - CHECKSUM_KEY.length() - 9;
        if (end <= 0 || !text.startsWith(CHECKSUM_KEY, end) || text.charAt(text.length() - 1) != '\n') {
            throw new ManifestException(Math.max(0, end), "no checksum line at its end: truncated or damaged");
        }
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        final String stated = text.substring(end + CHECKSUM_KEY.length(), text.length() - 1);
        final int computed = (int)crc.getValue();
        if (!stated.equals(hex(computed))) {
            throw new ManifestException(damagedOffset(end, computed, stated), "its checksum is " + hex(computed) + ", its last line says " + stated);
        }
        final ManifestText in = new ManifestText(text.substring(0, end));
        final SnapshotManifest manifest = in.read();
        final byte[] again = render(manifest);
        for (int i = 0; i < Math.max(again.length, bytes.length); i++) {
            if (i >= again.length || i >= bytes.length || again[i] != bytes[i]) {
                throw new ManifestException(i, "not in the one form that is written");
            }
        }
        return manifest;
    }

    private static int damagedOffset(final int end, final int computed, final String stated) {
        try {
            return Math.max(0, BitFlip.offset(end, computed, HexFormat.fromHexDigits(stated)));
        } catch (final IllegalArgumentException e) {
            return end;
        }
    }

    private SnapshotManifest read() throws ManifestException {
        if (!text.startsWith(TITLE)) {
            throw new ManifestException(0, "it does not begin as a snapshot's manifest does");
        }
        position = TITLE.length();
        lineNumber = 1;
        final int format = intValue("format");
        if (format != SnapshotManifest.FORMAT_VERSION) {
            throw new ManifestException(position, true, "the snapshot has format version " + format + ", this program knows " +
                SnapshotManifest.FORMAT_VERSION + "; use a newer program");
        }
        final SnapshotManifest.Builder builder = new SnapshotManifest.Builder();
        builder.index = longValue("index");
        builder.term = longValue("term");
        builder.timestampMs = longValue("timestamp-ms");
        builder.createdMs = longValue("created-ms");
        value("created");
        if (!SnapshotNames.isSnapshot(SnapshotNames.of(builder.index, builder.term, builder.createdMs))) {
            throw new ManifestException(position, "line " + lineNumber + ": index, term and time make no snapshot's name");
        }
        builder.walChain = hexValue("wal-chain");
        builder.clusterId = longValue("cluster-id");
        builder.machineName = value("machine");
        builder.machineVersion = intValue("machine-version");
        try {
            builder.configuration = HexFormat.of().parseHex(value("configuration"));
        } catch (final IllegalArgumentException e) {
            throw new ManifestException(position, "line " + lineNumber + ": configuration is not hexadecimal");
        }
        final long epoch = longValue("epoch");
        final int catalogRoot = intValue("catalog-root");
        final int pageSize = intValue("page-size");
        final int pageCount = intValue("page-count");
        final int livePages = intValue("live-pages");
        builder.pages = new PageImage(epoch, catalogRoot, pageSize, pageCount, livePages, intValue("stored-pages"));
        final String kind = value("kind");
        if (kind.equals("incremental")) {
            final String name = value("base");
            if (!SnapshotNames.isSnapshot(name)) {
                throw new ManifestException(position, "line " + lineNumber + ": base=" + name + " is no snapshot's name");
            }
            final long baseEpoch = longValue("base-epoch");
            builder.base = new SnapshotBase(name, baseEpoch, hexValue("base-checksum"));
        } else if (!kind.equals("full")) {
            throw new ManifestException(position, "line " + lineNumber + ": kind=" + kind + ", expected full or incremental");
        }
        builder.files = readFiles(intValue("files"));
        return builder.build();
    }

    private List<SnapshotFile> readFiles(final int count) throws ManifestException {
        final List<SnapshotFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final String[] parts = value("file").split(" ", -1);
            if (parts.length != 4 || !SnapshotNames.isFileName(parts[0])) {
                throw new ManifestException(position, "line " + lineNumber + ": not a file's name, length, checksum and origin");
            }
            files.add(new SnapshotFile(parts[0], parseLong(parts[1]), parseHex(parts[2]), parts[3].equals("linked")));
        }
        return files;
    }

    private String value(final String key) throws ManifestException {
        lineNumber++;
        final int end = text.indexOf('\n', position);
        if (end < 0 || !text.startsWith(key, position) || text.charAt(position + key.length()) != '=') {
            throw new ManifestException(position, "line " + lineNumber + ": expected " + key + "=");
        }
        final String value = text.substring(position + key.length() + 1, end);
        position = end + 1;
        return value;
    }

    private long longValue(final String key) throws ManifestException {
        return parseLong(value(key));
    }

    private int intValue(final String key) throws ManifestException {
        final long value = parseLong(value(key));
        if (value != (int)value) {
            throw new ManifestException(position, "line " + lineNumber + ": " + key + "=" + value + " does not fit 32 bits");
        }
        return (int)value;
    }

    private int hexValue(final String key) throws ManifestException {
        return parseHex(value(key));
    }

    private long parseLong(final String value) throws ManifestException {
        try {
            return Long.parseLong(value);
        } catch (final NumberFormatException e) {
            throw new ManifestException(position, "line " + lineNumber + ": '" + value + "' is not a number");
        }
    }

    private int parseHex(final String value) throws ManifestException {
        try {
            return Integer.parseUnsignedInt(value, 16);
        } catch (final NumberFormatException e) {
            throw new ManifestException(position, "line " + lineNumber + ": '" + value + "' is not hexadecimal");
        }
    }

    private static int checksumOf(final byte[] bytes) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int)crc.getValue();
    }

    static String hex(final int value) {
        return HexFormat.of().toHexDigits(value);
    }

    private static void line(final StringBuilder out, final String key, final long value) {
        out.append(key).append('=').append(value).append('\n');
    }

    private static void line(final StringBuilder out, final String key, final String value) {
        out.append(key).append('=').append(value).append('\n');
    }

    /** A manifest that is not what was written. */
    static final class ManifestException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int offset;
        private final boolean ofAnotherFormat;

        ManifestException(final int offset, final String message) {
            this(offset, false, message);
        }

        ManifestException(final int offset, final boolean ofAnotherFormat, final String message) {
            super(message);
            this.offset = offset;
            this.ofAnotherFormat = ofAnotherFormat;
        }

        /** Whole, but written by a build that does it differently. */
        boolean isOfAnotherFormat() {
            return ofAnotherFormat;
        }

        /** Where it was noticed; the damage is there or before. */
        int offset() {
            return offset;
        }
    }
}
