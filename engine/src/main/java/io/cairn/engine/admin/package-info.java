/**
 * What is asked of a member by who administers the cluster: requests and answers, their bytes, and the side of the member that answers.
 */
package io.cairn.engine.admin;
