namespace Serverless.GpuWorker.Tokenization;

/// <summary>Facts about UTF-8 that is known to be valid.</summary>
internal static class Utf8
{
    /// <summary>Bytes of the character that <paramref name="lead"/> begins, 1 to 4.</summary>
    public static int CharacterLength(byte lead) => lead switch { < 0xc0 => 1, < 0xe0 => 2, < 0xf0 => 3, _ => 4 };
}
