using System.Text.Json;

namespace Serverless.Functions.Providers;

/// <summary>Where the one text of a document stands, in bytes between its quotation marks. A document that says two things is no template for others.</summary>
internal struct TextPlace
{
    public int Start { get; private set; }

    public int End { get; private set; }

    /// <summary>One text was found and nothing beside it.</summary>
    public readonly bool IsKnown => Start > 0;

    /// <param name="json">Stands on the text.</param>
    public void Mark(in Utf8JsonReader json)
    {
        if (Start != 0 || json.TokenType != JsonTokenType.String)
        {
            SaysMore();
            return;
        }

        Start = (int)json.TokenStartIndex + 1;
        End = (int)json.BytesConsumed - 1;
    }

    public void SaysMore() => Start = End = -1;
}
