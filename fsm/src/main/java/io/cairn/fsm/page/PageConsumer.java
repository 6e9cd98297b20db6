package io.cairn.fsm.page;

/**
 * Receives the pages of a walk, see {@link PageWalker}.
 */
@FunctionalInterface
public interface PageConsumer
{
    /**
     * One page, whole and immutable for as long as its root is pinned.
     *
     * @param pageId  id of the page.
     * @param address of its first byte; its length is the arena's page size.
     * @param epoch   epoch in which the page was last changed.
     * @param type    {@link PageDescriptor#TYPE_LEAF}, {@link PageDescriptor#TYPE_BRANCH} or {@link PageDescriptor#TYPE_OVERFLOW}.
     */
    void onPage(int pageId, long address, long epoch, int type);
}
