namespace Serverless.Samples.DotNetChat;

/// <summary>A passage of a document.</summary>
/// <param name="Document">The document's path in its collection.</param>
/// <param name="Heading">The headings above the passage; null where there are none.</param>
/// <param name="Page">From 1; null where the format has no pages.</param>
/// <param name="Start">Where the passage begins in the document's text, in characters.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Text">The passage.</param>
public sealed record Citation(string Document, string? Heading, int? Page, int Start, int End, string Text);
