namespace Serverless.Documents.Tests;

/// <summary>Broken copies of a file: bytes changed, stretches cut out, doubled, filled; ends lost. The same ones in each run.</summary>
internal static class Mutations
{
    public static IEnumerable<byte[]> Of(byte[] file, int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var copy = file.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--) copy[random.Next(copy.Length)] = (byte)(random.Next(4) == 0 ? 0xFF : random.Next(256));
            var (from, length) = (random.Next(copy.Length), random.Next(64));
            var to = Math.Min(copy.Length, from + length);
            yield return random.Next(6) switch
            {
                0 => copy[..from],
                1 => [.. copy[..from], .. copy[to..]],
                2 => [.. copy[..to], .. copy[from..]],
                3 => [.. copy[..from], .. Enumerable.Repeat((byte)0xFF, to - from), .. copy[to..]],
                _ => copy,
            };
        }
    }
}
