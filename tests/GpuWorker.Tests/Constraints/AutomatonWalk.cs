using System.Text;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Random documents of a schema: byte after byte, any that the automaton permits, ends more often than others.</summary>
internal static class AutomatonWalk
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>A complete document, without the spaces before it; null where none ended within <paramref name="maxBytes"/>.</summary>
    public static string? Sample(ConstraintState start, Random random, int maxBytes = 200)
    {
        var state = start;
        var text = new List<byte>();
        while (text.Count < maxBytes)
        {
            byte[] permitted = [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => state.Next(value) != ConstraintState.Dead)];
            Assert.True(permitted.Length > 0 || state.CanEnd, $"Nothing goes on from {Convert.ToHexString([.. text])}.");
            if (state.CanEnd && (permitted.Length == 0 || random.Next(3) == 0))
                return Strict.GetString([.. text]).TrimStart();

            byte next = permitted.Contains((byte)'"') && random.Next(3) == 0 ? (byte)'"' : permitted[random.Next(permitted.Length)];
            text.Add(next);
            state = state.Next(next);
        }
        return null;
    }

    public static ConstraintState Start(ReadForm schema) => new SchemaAutomaton(schema).Start;

    public static bool Accepts(ConstraintState start, string document) => start.Next(Encoding.UTF8.GetBytes(document)).CanEnd;
}
