namespace Serverless.Functions.Batches.Input;

/// <summary>Neighbouring requests of a batch's input, which one activity asks.</summary>
/// <param name="Offset">Of the first byte in the file.</param>
/// <param name="Length">In bytes.</param>
/// <param name="FirstLine">The number of the first line, from 1.</param>
/// <param name="Requests">1..16.</param>
public sealed record InputSlice(long Offset, long Length, int FirstLine, int Requests);
