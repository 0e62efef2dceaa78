namespace Serverless.Local.Search.Filters;

internal enum FilterTokenKind
{
    Name,
    Text,
    Number,
    Time,
    Open,
    Close,
    Comma,
    Colon,
    Slash,
    End,
}

/// <param name="Text">The token as written; a string literal without its quotes and with doubled quotes made single.</param>
/// <param name="Position">0-based offset in the filter, for error messages.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Position);
