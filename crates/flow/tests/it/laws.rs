//! What is true of all flows and all conversations.
