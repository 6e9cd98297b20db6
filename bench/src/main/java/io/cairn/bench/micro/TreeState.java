package io.cairn.bench.micro;

import io.cairn.bench.load.KeyBytes;
import io.cairn.bench.load.KeyChooser;
import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;

/**
 * A tree of random 16-byte keys with 100-byte values in an arena of its own, in memory as the engine takes it. One thread.
 */
final class TreeState implements AutoCloseable {
    static final int KEY_BYTES = 16;
    static final int VALUE_BYTES = 100;
    private static final int PAGE_BYTES = 4096;
    private static final int EXTENT_PAGES = 16_384;
    private static final int PAGES_MAX = 1 << 24;
    private static final long SEED = 1;

    final KeyBytes bytes = new KeyBytes(KEY_BYTES, VALUE_BYTES);
    final KeyChooser chooser;
    final Tables tables;
    final BTree tree;
    private final PageArena arena;
    private final int keys;

    TreeState(final int keys, final boolean hugePages) {
        this.keys = keys;
        chooser = KeyChooser.draw(KeyChooser.Distribution.UNIFORM, keys, SEED);
        arena = new PageArena(new AnonymousExtentSource(hugePages), PAGE_BYTES, EXTENT_PAGES, PAGES_MAX);
        tables = new Tables(arena);
        tree = tables.create("bench");
    }

    /** Puts every key once, in random order. */
    void load() {
        for (int number = 0; number < keys; number++) {
            put(number);
        }
    }

    boolean put(final int number) {
        return tree.put(bytes.key(number), 0, KEY_BYTES, bytes.value(number, number), 0, VALUE_BYTES);
    }

    @Override
    public void close() {
        arena.close();
    }
}
