namespace Serverless.Documents.Office;

/// <summary>A cell that spans rows: its column, and the numbers of its first and last row, all from 1.</summary>
internal readonly record struct RowSpan(int Column, int First, int Last);
