namespace Serverless.Documents;

/// <summary>The first characters of a text, of which none is half of a surrogate pair.</summary>
public static class TextStart
{
    /// <param name="most">In UTF-16 units, at least 1.</param>
    public static string Of(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
