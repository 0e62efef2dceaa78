namespace Serverless.Documents.Subtitles;

/// <summary>What is shown at a time.</summary>
/// <param name="Start">From the recording's beginning.</param>
/// <param name="Lines">As written, marks and all; none is blank.</param>
internal sealed record SubtitleCue(TimeSpan Start, IReadOnlyList<string> Lines);
