namespace Serverless.Documents.Office97;

/// <summary>A stretch of a document's text.</summary>
/// <param name="First">The number of its first character.</param>
/// <param name="End">That of the first behind it.</param>
/// <param name="At">Where its bytes stand.</param>
/// <param name="IsNarrow">Whether a character takes one byte, of Windows-1252, and not two.</param>
internal readonly record struct WordPiece(int First, int End, int At, bool IsNarrow);
