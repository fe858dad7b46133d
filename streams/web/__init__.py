"""The live page: a server that follows the topics, and the page that it serves. It keeps no store."""
