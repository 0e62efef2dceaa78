using Markdig.Parsers;
using Markdig.Syntax;

namespace Serverless.Documents.Markdown;

/// <summary>A box of its own: its title as the first paragraph, and what is indented below it.</summary>
internal sealed class AdmonitionBlock(BlockParser parser) : ContainerBlock(parser);
