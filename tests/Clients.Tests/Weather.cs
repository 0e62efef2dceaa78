using System.ComponentModel;

namespace Serverless.Clients.Tests;

/// <summary>What structured answers are read into.</summary>
internal sealed record Weather(string City, int Degrees)
{
    public const string Tool = "weather";
    public const string ToolSchema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""";
    public const string Schema = """{"type":"object","properties":{"city":{"type":"string"},"degrees":{"type":"integer"}},"required":["city","degrees"],"additionalProperties":false}""";

    /// <summary>One white pixel.</summary>
    public static readonly byte[] Picture = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    /// <summary>A tool of C# that notes what it was asked for.</summary>
    public static Delegate ToolThatNotes(List<string> cities) => ([Description("A city's name")] string city) =>
    {
        cities.Add(city);
        return $"{city}: 7 degrees";
    };
}
