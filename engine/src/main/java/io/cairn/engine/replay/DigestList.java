package io.cairn.engine.replay;

import io.cairn.engine.client.EngineException;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Digests by index, as somebody wrote them down: the lines and the JSON of {@code cairn wal replay}, {@code cairn kv digest}, {@code cairn cluster
 * digest} and {@code cairn cluster status}. Everything else in a text is passed over.
 */
public final class DigestList {
    private static final Pattern LINE = Pattern.compile("\\bindex=(\\d+)\\b[^\\n]*?\\bdigest=([0-9a-f]{16})\\b");
    private static final Pattern COLUMN = Pattern.compile("\\b([0-9a-f]{16})@(\\d+)\\b");
    private static final Pattern JSON = Pattern.compile("\"index\": ?(\\d+), ?(?:\"term\": ?\\d+, ?)?\"(?:digest|value)\": ?\"([0-9a-f]{16})\"");

    private DigestList() {
    }

    /**
     * @param text to read.
     * @return digest by index; empty where the text has none.
     * @throws EngineException when it has two digests of one index.
     */
    public static NavigableMap<Long, Long> of(final String text) {
        final NavigableMap<Long, Long> digests = new TreeMap<>();
        final Map<Pattern, Integer> indexGroups = Map.of(LINE, 1, JSON, 1, COLUMN, 2);
        indexGroups.forEach((pattern, group) -> {
            for (final Matcher matcher = pattern.matcher(text); matcher.find();) {
                put(digests, matcher.group(group), matcher.group(3 - group));
            }
        });
        return digests;
    }

    private static void put(final Map<Long, Long> digests, final String index, final String digest) {
        final Long before = digests.put(Long.parseLong(index), Long.parseUnsignedLong(digest, 16));
        if (null != before && before != Long.parseUnsignedLong(digest, 16)) {
            throw new EngineException("there are two digests of entry " + index + ": " + String.format("%016x", before) + " and " + digest);
        }
    }
}
