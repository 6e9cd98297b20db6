package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Tables and what they should hold, side by side: every change is made to both, and pinned versions are kept with their copies. Keys are
 * Latin-1 strings, whose order is that of their bytes.
 */
final class TreeModel
{
    private static final int PINS_MAX = 6;
    private static final int TABLES = 3;

    private record Version(Pin pin, List<TreeMap<String, byte[]>> contents)
    {
    }

    private final Random random;
    private final int pageSize;
    private final int keyLengthMax;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[1100]);
    private final UnsafeBuffer endKey = new UnsafeBuffer(new byte[1100]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[64 * 1024]);
    private final UnsafeBuffer read = new UnsafeBuffer(new byte[64 * 1024]);
    private final ValueView view = new ValueView();
    private final List<TreeMap<String, byte[]>> contents = new ArrayList<>();
    private final List<Version> versions = new ArrayList<>();
    private List<TreeMap<String, byte[]>> newestContents;
    private PageArena arena;
    private Tables tables;
    private int keySpace = 2000;

    TreeModel(final long seed, final int pageSize)
    {
        random = new Random(seed);
        this.pageSize = pageSize;
        keyLengthMax = PageDescriptor.keyLengthMax(pageSize);
        arena = new PageArena(new DirectExtentSource(), pageSize, 64, 1 << 20);
        tables = new Tables(arena);
        for (int i = 0; i < TABLES; i++)
        {
            tables.create("table-" + i);
            contents.add(new TreeMap<>());
        }
    }

    void run(final int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            if (i % 20_000 == 0)
            {
                // Phases: small and large key spaces, so that trees grow deep and are emptied again.
                keySpace = random.nextBoolean() ? 300 : 6000;
            }
            step(i);
        }
        checkAll();
    }

    void close()
    {
        versions.forEach(version -> version.pin.release());
        versions.clear();
        arena.close();
    }

    private void step(final int i)
    {
        final int table = random.nextInt(TABLES);
        final int choice = random.nextInt(10_000);
        final boolean shrinking = i / 15_000 % 3 == 2;
        if (choice < 2)
        {
            clearOrDrop(table);
        }
        else if (choice < 6)
        {
            checkAll();
        }
        else if (choice < 16)
        {
            freezeAndPin();
        }
        else if (choice < 17)
        {
            restoreFromImage();
        }
        else if (choice < 20)
        {
            tables.forgetNewest();
            newestContents = null;
        }
        else if (choice < 26)
        {
            pinNewest();
        }
        else if (choice < 60)
        {
            removeRange(table);
        }
        else if (choice < 160)
        {
            checkCursor(tables.table("table-" + table).cursor(), contents.get(table));
        }
        else if (choice < 2000)
        {
            get(table);
        }
        else if (choice < (shrinking ? 3500 : 7500))
        {
            put(table);
        }
        else if (choice < 7600)
        {
            append(table);
        }
        else
        {
            remove(table);
        }
    }

    private String randomKey()
    {
        final int n = random.nextInt(keySpace);
        final String key = switch (n % 6)
        {
            case 0 -> "user:profile:" + String.format("%08d", n);
            case 1 -> Integer.toString(n * 31, 36);
            case 2 -> new String(new char[]{(char)(n & 0xFF), (char)(n >> 8), 0, (char)255, (char)(n * 7 & 0xFF)});
            case 3 -> "\0".repeat(n % 12);
            case 4 -> "p".repeat(n % keyLengthMax) + (char)(n % 200);
            default -> "long-common-prefix-of-many-keys/".substring(0, Math.min(32, keyLengthMax - 12)) + n;
        };
        return key.length() > keyLengthMax ? key.substring(0, keyLengthMax) : key;
    }

    private byte[] randomValue()
    {
        final int choice = random.nextInt(200);
        final int length = choice == 0 ? random.nextInt(pageSize * 12) : choice < 10 ? random.nextInt(pageSize) : choice < 150 ? 24 :
            random.nextInt(40);
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static int load(final UnsafeBuffer buffer, final String text)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        buffer.putBytes(0, bytes);
        return bytes.length;
    }

    private static String text(final DirectBuffer buffer)
    {
        final byte[] bytes = new byte[buffer.capacity()];
        buffer.getBytes(0, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void put(final int table)
    {
        final String k = randomKey();
        final byte[] v = randomValue();
        final int keyLength = load(key, k);
        value.putBytes(3, v);
        final boolean isNew = tables.table("table-" + table).put(key, 0, keyLength, value, 3, v.length);
        assertEquals(contents.get(table).put(k, v) == null, isNew);
    }

    private void append(final int table)
    {
        final TreeMap<String, byte[]> content = contents.get(table);
        final String last = content.isEmpty() ? "" : content.lastKey();
        final String k = last.length() + 1 <= keyLengthMax ? last + (char)random.nextInt(256) : null;
        if (k != null)
        {
            final byte[] v = randomValue();
            value.putBytes(0, v);
            tables.table("table-" + table).append(key, 0, load(key, k), value, 0, v.length);
            content.put(k, v);
        }
    }

    private void remove(final int table)
    {
        final String k = randomKey();
        final boolean removed = tables.table("table-" + table).remove(key, 0, load(key, k));
        assertEquals(contents.get(table).remove(k) != null, removed);
    }

    private void get(final int table)
    {
        final String k = randomKey();
        final byte[] expected = contents.get(table).get(k);
        final BTree tree = tables.table("table-" + table);
        final int keyLength = load(key, k);
        final int length = tree.get(key, 0, keyLength, read, 0, read.capacity());
        assertEquals(expected == null ? -1 : expected.length, length);
        assertEquals(expected != null, tree.find(key, 0, keyLength, view));
        if (expected != null)
        {
            final byte[] actual = new byte[length];
            read.getBytes(0, actual);
            assertArrayEquals(expected, actual);
            checkView(expected);
        }
    }

    private void checkView(final byte[] expected)
    {
        assertEquals(expected.length, view.length());
        int position = 0;
        do
        {
            final DirectBuffer piece = view.piece();
            for (int i = 0; i < piece.capacity(); i++)
            {
                assertEquals(expected[position++], piece.getByte(i));
            }
        }
        while (view.nextPiece());
        assertEquals(expected.length, position);
        final int from = random.nextInt(expected.length + 1);
        final int copied = view.copyTo(from, read, 5, 100);
        assertEquals(Math.min(100, expected.length - from), copied);
        for (int i = 0; i < copied; i++)
        {
            assertEquals(expected[from + i], read.getByte(5 + i));
        }
    }

    private void removeRange(final int table)
    {
        final String a = randomKey();
        final String b = randomKey();
        final boolean toEnd = random.nextInt(40) == 0;
        final long limit = random.nextInt(4) == 0 ? random.nextInt(2000) : random.nextInt(30);
        final String from = a.compareTo(b) <= 0 ? a : b;
        final String to = a.compareTo(b) <= 0 ? b : a;
        final NavigableMap<String, byte[]> range = toEnd ? contents.get(table).tailMap(from, true) :
            contents.get(table).subMap(from, true, to, false);
        final List<String> doomed = range.keySet().stream().limit(limit).toList();
        final long removed = tables.table("table-" + table).removeRange(
            key, 0, load(key, from), toEnd ? null : endKey, 0, load(endKey, to), limit);
        assertEquals(doomed.size(), removed);
        doomed.forEach(contents.get(table)::remove);
    }

    private void clearOrDrop(final int table)
    {
        if (random.nextBoolean())
        {
            tables.table("table-" + table).clear();
        }
        else
        {
            assertTrue(tables.drop("table-" + table));
            assertFalse(tables.drop("table-" + table));
            tables.create("table-" + table);
        }
        contents.get(table).clear();
    }

    private FrozenRoot freeze()
    {
        newestContents = new ArrayList<>();
        contents.forEach(content -> newestContents.add(new TreeMap<>(content)));
        return tables.freeze();
    }

    private void freezeAndPin()
    {
        freeze();
        if (random.nextBoolean())
        {
            pinNewest();
        }
    }

    /** Right after the freeze, or later, when its pages have been retired. */
    private void pinNewest()
    {
        if (versions.size() == PINS_MAX)
        {
            final Version version = versions.remove(random.nextInt(PINS_MAX));
            checkVersion(version);
            version.pin.release();
        }
        final Pin pin = tables.pinNewest();
        assertEquals(newestContents == null, pin == null);
        if (pin != null)
        {
            versions.add(new Version(pin, newestContents));
        }
    }

    private void checkVersion(final Version version)
    {
        final ReadTables readTables = tables.view(version.pin);
        for (int table = 0; table < TABLES; table++)
        {
            final ReadTree tree = readTables.table("table-" + table);
            assertEquals(version.contents.get(table).size(), tree.size());
            checkWhole(tree.cursor(), version.contents.get(table));
        }
    }

    private void checkAll()
    {
        for (final Version version : versions)
        {
            checkVersion(version);
        }
        if (random.nextInt(3) == 0)
        {
            versions.forEach(version -> version.pin.release());
            versions.clear();
        }
        for (int table = 0; table < TABLES; table++)
        {
            final BTree tree = tables.table("table-" + table);
            assertEquals(contents.get(table).size(), tree.size());
            checkWhole(tree.cursor(), contents.get(table));
        }
        checkPages();
    }

    private void checkPages()
    {
        while (arena.dropStep())
        {
            continue;
        }
        final FrozenRoot root = freeze();
        assertEquals(arena.livePages(), TreeVerifier.verify(arena, root).count(), "pages leak");
        assertEquals(arena.pageCount(), arena.livePages() + arena.freePages() + arena.retiredPages(), "pages are lost");
        final int[] walked = new int[1];
        tables.forEachPage(root, 0, (pageId, address, epoch, type) -> walked[0]++);
        assertEquals(arena.livePages(), walked[0]);
        if (versions.isEmpty())
        {
            arena.reclaimAll();
            assertEquals(0, arena.retiredPages(), "pages stay retired though nobody can read them");
        }
    }

    private void checkWhole(final BTreeCursor cursor, final TreeMap<String, byte[]> content)
    {
        boolean on = cursor.seekFirst();
        for (final Map.Entry<String, byte[]> entry : content.entrySet())
        {
            assertTrue(on);
            checkEntry(cursor, entry);
            on = cursor.next();
        }
        assertFalse(on);
        on = cursor.seekLast();
        for (final String k : content.descendingKeySet())
        {
            assertTrue(on);
            assertEquals(k, text(cursor.key()));
            on = cursor.previous();
        }
        assertFalse(on);
    }

    private void checkEntry(final BTreeCursor cursor, final Map.Entry<String, byte[]> entry)
    {
        assertEquals(entry.getKey(), text(cursor.key()));
        assertEquals(entry.getKey().length(), cursor.keyLength());
        assertEquals(entry.getValue().length, cursor.valueLength());
        assertEquals(entry.getValue().length, cursor.copyValue(read, 0, read.capacity()));
        final byte[] actual = new byte[entry.getValue().length];
        read.getBytes(0, actual);
        assertArrayEquals(entry.getValue(), actual);
    }

    private void checkCursor(final BTreeCursor cursor, final TreeMap<String, byte[]> content)
    {
        final String k = randomKey();
        final int keyLength = load(key, k);
        String expected = content.ceilingKey(k);
        boolean on = cursor.seek(key, 0, keyLength);
        if (random.nextBoolean())
        {
            expected = content.lowerKey(k);
            on = cursor.seekBefore(key, 0, keyLength);
        }
        for (int i = 0; i < 20 && expected != null; i++)
        {
            assertTrue(on);
            checkEntry(cursor, Map.entry(expected, content.get(expected)));
            final boolean forward = random.nextInt(3) > 0;
            expected = forward ? content.higherKey(expected) : content.lowerKey(expected);
            on = forward ? cursor.next() : cursor.previous();
        }
        assertEquals(expected != null, on);
    }

    /** The image of a frozen root, written in two increments, goes to a blank arena that then takes over. */
    private void restoreFromImage()
    {
        final PageArena target = new PageArena(new DirectExtentSource(), pageSize, 128, 1 << 20);
        final FrozenRoot base = freeze();
        try (Pin pin = tables.pinNewest())
        {
            final byte[][] images = new byte[1 << 20][];
            tables.forEachPage(base, 0, (pageId, address, epoch, type) -> images[pageId] = image(address));
            for (int i = 0; i < 50; i++)
            {
                put(random.nextInt(TABLES));
                remove(random.nextInt(TABLES));
            }
            final FrozenRoot root = freeze();
            tables.forEachPage(root, base.epoch(), (pageId, address, epoch, type) ->
            {
                assertTrue(epoch > base.epoch());
                images[pageId] = image(address);
            });
            target.beginRestore(root.pageCount());
            for (int pageId = 0; pageId < root.pageCount(); pageId++)
            {
                if (images[pageId] != null)
                {
                    new UnsafeBuffer(target.address(pageId), pageSize).putBytes(0, images[pageId]);
                }
            }
            final Tables restored = Tables.restore(target, root);
            versions.forEach(version -> version.pin.release());
            versions.clear();
            pin.release();
            arena.close();
            arena = target;
            tables = restored;
        }
        assertEquals(TABLES, tables.tableCount());
        checkAll();
    }

    private byte[] image(final long address)
    {
        final byte[] bytes = new byte[pageSize];
        new UnsafeBuffer(address, pageSize).getBytes(0, bytes);
        return bytes;
    }
}
