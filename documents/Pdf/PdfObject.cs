namespace Serverless.Documents.Pdf;

/// <summary>An indirect object of a PDF as it stands in the file (ISO 32000-2, section 7.3.10).</summary>
/// <param name="Number">Its number.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="Start">Where its number stands.</param>
/// <param name="Body">Where what it holds begins, behind <c>obj</c>.</param>
/// <param name="End">Where <c>endobj</c> stands, the next object begins or the file ends.</param>
/// <param name="IsWhole">Whether its end is told, or it is a stream whose dictionary is whole.</param>
internal readonly record struct PdfObject(int Number, int Generation, int Start, int Body, int End, bool IsWhole);
