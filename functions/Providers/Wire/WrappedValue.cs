using System.Text;
using System.Text.Json;

namespace Serverless.Functions.Providers;

/// <summary>
/// Takes the value of <see cref="ObjectSchema.Name"/> out of a JSON object that comes in pieces, character for character as it was written. A service does not hold its model to a schema
/// that is not strict: where no such member comes, what came is told as it is, at the end.
/// </summary>
internal sealed class WrappedValue
{
    private readonly StringBuilder _all = new();
    private readonly StringBuilder _name = new();
    private Place _place = Place.Before;
    private bool _isWanted;
    private bool _isFound;
    private bool _inString;
    private bool _isEscaped;
    private int _depth;

    private enum Place
    {
        Before,
        BeforeName,
        InName,
        BehindName,
        BeforeValue,
        InValue,
        Behind,
    }

    /// <returns>What the piece has of the value.</returns>
    public string Push(string piece)
    {
        if (_place == Place.Behind && _isFound) return "";
        if (!_isFound) _all.Append(piece);
        var told = new StringBuilder();
        foreach (var c in piece) Read(c, told);
        return told.ToString();
    }

    /// <summary>What is told where the object has ended without the value.</summary>
    public string End()
    {
        if (_isFound) return "";
        _isFound = true;
        _place = Place.Behind;
        return _all.ToString();
    }

    private void Read(char c, StringBuilder told)
    {
        switch (_place)
        {
            case Place.InName:
                ReadName(c);
                break;
            case Place.InValue:
                ReadValue(c, told);
                break;
            case Place.Behind:
                break;
            case var _ when char.IsWhiteSpace(c):
                break;
            case Place.Before:
                _place = c == '{' ? Place.BeforeName : Place.Behind;
                break;
            case Place.BeforeName:
                if (c == ',') break;
                _place = c == '"' ? Place.InName : Place.Behind;
                _name.Clear();
                break;
            case Place.BehindName:
                _place = c == ':' ? Place.BeforeValue : Place.Behind;
                break;
            case Place.BeforeValue:
                _place = Place.InValue;
                (_depth, _inString, _isEscaped) = (0, false, false);
                if (_isWanted) (_isFound, _) = (true, _all.Clear());
                ReadValue(c, told);
                break;
        }
    }

    private void ReadName(char c)
    {
        if (c == '"' && !_isEscaped)
        {
            _isWanted = IsName($"\"{_name}\"");
            _place = Place.BehindName;
            return;
        }

        _isEscaped = c == '\\' && !_isEscaped;
        _name.Append(c);
    }

    private void ReadValue(char c, StringBuilder told)
    {
        var isString = _inString;
        if (_inString)
        {
            if (c == '"' && !_isEscaped) _inString = false;
            _isEscaped = c == '\\' && !_isEscaped;
        }
        else if (_depth == 0 && (c is ',' or '}' or ']' || char.IsWhiteSpace(c)))
        {
            // Behind a number or a word.
            EndValue();
            if (c == '}' && !_isWanted) _place = Place.Behind;
            return;
        }
        else
        {
            _inString = c == '"';
            _depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
        }

        if (_isWanted) told.Append(c);
        if (_depth == 0 && !_inString && (isString || c is '}' or ']')) EndValue();
    }

    private void EndValue() => _place = _isWanted ? Place.Behind : Place.BeforeName;

    private static bool IsName(string literal)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(literal) == ObjectSchema.Name;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
