namespace Serverless.Functions.Ingestion.Readers.Pdf;

/// <summary>A word on a page; distances in points from its lower left corner.</summary>
/// <param name="Size">Of its letters, in points.</param>
internal readonly record struct PdfWord(string Text, double Left, double Right, double Baseline, double Size);
