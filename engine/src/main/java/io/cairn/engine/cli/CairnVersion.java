package io.cairn.engine.cli;

import picocli.CommandLine.IVersionProvider;

/**
 * The version from the jar's manifest.
 */
final class CairnVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        final String version = CairnVersion.class.getPackage().getImplementationVersion();
        return new String[] {
            "cairn " + (version == null ? "(not packaged)" : version),
            "Java " + Runtime.version()
        };
    }
}
