namespace Serverless.Documents.Office;

/// <summary>A text that cells of a workbook name by its number.</summary>
/// <param name="HasFormats">Whether its letters have formats of their own, whatever the cell's is.</param>
internal readonly record struct SharedString(string Text, bool HasFormats);
