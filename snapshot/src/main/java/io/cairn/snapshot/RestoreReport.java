package io.cairn.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * What a restore found.
 *
 * @param loaded   the newest snapshot that is whole; empty if there is none.
 * @param skipped  names of the newer ones that are damaged.
 * @param findings what is wrong with those, with file and offset. An operator must see them even though the node starts.
 */
public record RestoreReport(Optional<LoadedSnapshot> loaded, List<String> skipped, List<SnapshotFinding> findings) {
}
