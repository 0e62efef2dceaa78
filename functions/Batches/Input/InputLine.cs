namespace Serverless.Functions.Batches.Input;

/// <summary>A line of a batch's input.</summary>
/// <param name="Number">Of the line in its file, from 1.</param>
/// <param name="Offset">Of its first byte.</param>
/// <param name="Length">Its bytes with the end of line.</param>
/// <param name="Bytes">Without white space around it; null where it is too long.</param>
internal readonly record struct InputLine(int Number, long Offset, long Length, ReadOnlyMemory<byte>? Bytes);
