package io.cairn.wal.io;

import java.nio.file.Path;
import java.util.List;

/**
 * The only way to the file system: log, stable store, snapshots and scratch files all go through it, so that a test can put a simulated disk in its
 * place and inject every fault of the fault model.
 * <p>
 * Directory operations (create, rename, link, delete) survive a power loss only after {@link #forceDirectory(Path)} of the directory they changed.
 * Every failure is an unchecked {@link StorageException}. Each implementation says whether threads may share it; {@link MappedStorageIo} may.
 */
public interface StorageIo
{
    /**
     * Creates a directory and its missing parents, and makes their entries durable.
     *
     * @param dir to create; nothing happens if it is there.
     */
    void createDirectories(Path dir);

    /**
     * Is there a file or directory?
     *
     * @param path to look for.
     * @return true if there is one.
     */
    boolean exists(Path path);

    /**
     * The names in a directory.
     *
     * @param dir to list.
     * @return plain names in ascending order; empty when the directory is missing.
     */
    List<String> list(Path dir);

    /**
     * Opens a file.
     *
     * @param path of the file.
     * @param mode how.
     * @return the open file.
     */
    StorageFile open(Path path, OpenMode mode);

    /**
     * Renames atomically and replaces what was at {@code to}.
     *
     * @param from the present path.
     * @param to   the path afterwards, on the same file system.
     */
    void rename(Path from, Path to);

    /**
     * Deletes a file or an empty directory.
     *
     * @param path to delete.
     */
    void delete(Path path);

    /**
     * Gives an existing file a second name.
     *
     * @param existing the file.
     * @param link     its new, additional name.
     * @throws StorageException of kind {@link StorageException.Kind#UNSUPPORTED} where the file system has no hard links.
     */
    void link(Path existing, Path link);

    /**
     * Makes the entries of a directory durable.
     *
     * @param dir whose entries changed.
     */
    void forceDirectory(Path dir);

    /**
     * Claims a directory for this process.
     *
     * @param dir an existing directory.
     * @return the claim.
     * @throws StorageException of kind {@link StorageException.Kind#LOCKED}, with the process id of the holder, when a live process has it.
     */
    DirectoryLock lock(Path dir);

    /**
     * Has a live process claimed a directory? Changes nothing, and is in nobody's way.
     *
     * @param dir an existing directory.
     * @return its process id, or null.
     */
    String lockHolder(Path dir);

    /**
     * Identifies the boot of the machine: equal values mean that no power loss came between.
     *
     * @return an opaque name, never empty.
     */
    String bootId();

    /**
     * What can still be written to the file system of a directory.
     *
     * @param dir an existing directory.
     * @return in bytes.
     */
    long usableSpaceBytes(Path dir);
}
