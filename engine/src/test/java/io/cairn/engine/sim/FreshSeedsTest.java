package io.cairn.engine.sim;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Which commit a directory holds, in each of the ways in which git writes it down.
 */
final class FreshSeedsTest {
    private static final String COMMIT = "0000002a5f0c1d2e3b4a59687766554433221100";
    private static final String OTHER = "ffffffff5f0c1d2e3b4a59687766554433221100";
    private static final long FIRST = 42_001;

    @TempDir
    Path root;

    private void write(final String file, final String text) throws IOException {
        final Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    @Test
    void shouldReadTheCommitOfABranchFromAFileOfItsOwn() throws IOException {
        write(".git/HEAD", "ref: refs/heads/some/branch\n");
        write(".git/refs/heads/some/branch", COMMIT + "\n");
        write(".git/packed-refs", OTHER + " refs/heads/some/branch\n");
        assertEquals(COMMIT, FreshSeeds.commit(root));
        assertEquals(FIRST, FreshSeeds.first(root));
    }

    @Test
    void shouldReadTheCommitOfABranchThatWasPacked() throws IOException {
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n" +
            OTHER + " refs/heads/else/refs/heads/main2\n" + OTHER + " refs/heads/domain\n" + COMMIT + " refs/heads/main\n^" + OTHER + "\n");
        assertEquals(FIRST, FreshSeeds.first(root));
    }

    @Test
    void shouldReadACommitThatIsCheckedOutWithoutABranch() throws IOException {
        write(".git/HEAD", COMMIT + "\n");
        assertEquals(FIRST, FreshSeeds.first(root));
        write(".git/HEAD", OTHER + "\n");
        assertNotEquals(FIRST, FreshSeeds.first(root));
    }

    @Test
    void shouldReadTheCommitOfAWorkTreeOfItsOwn() throws IOException {
        write("repository/.git/refs/heads/side", COMMIT + "\n");
        write("repository/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
        write("repository/.git/worktrees/side/commondir", "../..\n");
        write("side/.git", "gitdir: ../repository/.git/worktrees/side\n");
        assertEquals(FIRST, FreshSeeds.first(root.resolve("side")));
    }

    @Test
    void shouldFallBackWhereThereIsNoCommitToBeRead() throws IOException {
        assertNull(FreshSeeds.commit(root));
        assertEquals(FreshSeeds.FALLBACK, FreshSeeds.first(root));
        write(".git/HEAD", "ref: refs/heads/none\n");
        assertEquals(FreshSeeds.FALLBACK, FreshSeeds.first(root));
        write(".git/packed-refs", "");
        assertEquals(FreshSeeds.FALLBACK, FreshSeeds.first(root));
        write(".git/HEAD", "");
        assertEquals(FreshSeeds.FALLBACK, FreshSeeds.first(root));
    }
}
