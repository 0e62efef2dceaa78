using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class LatexReaderTests
{
    private const string Paper = """
        % a comment { with a brace
        \documentclass[11pt]{article}
        \newcommand{\R}[1]{\mathbb{R}^{#1}}
        \title[Short]{On \emph{Ferns} and\\ Roses}
        \author{Jos\'e Mu\~noz\thanks{X} \and Ga\"{e}l \v{S}ik}
        \begin{document}
        \maketitle
        \begin{abstract}
        It costs 5\% more \& 10\,kg~\cite{smith2020}.
        \end{abstract}
        \section*{Introduction}\label{sec:intro}
        Ferns like ``deep shade''---not sun. The area $A = \pi r^2$ with \(r_1 > 0\).% remark

        \begin{align}
        a &= b \\ % kept
        c &= d
        \end{align}
        \subsection{Care}
        \begin{enumerate}
        \item First \textbf{bold}
        \item Second\footnote{See \url{http://x.y/%20z}.}
        \end{enumerate}
        \begin{table}[ht]
        \caption{Prices}
        \begin{tabular}{l|rr}
        \hline
        Plant & \multicolumn{2}{c}{Cost} \\ \cmidrule(lr){2-3}
        Rose \& co & {2 & 3} & 4\\[2pt]
        \end{tabular}
        \end{table}
        \begin{verbatim}
        if (x) { % no comment
        \end{verbatim}
        \verb|a{b| \textcolor{red}{red} \href{http://x}{linked} \includegraphics[width=2cm]{a.png}\input{other}
        \begin{comment}
        gone
        \end{comment}
        \iffalse gone too \fi
        \end{document}
        after the end
        """;

    [Fact]
    public void Paper_IsWhatIsPrinted()
    {
        var document = Read("a.tex", Paper);
        Assert.Equal("On Ferns and Roses", document.Title);
        Assert.Equal(
            [
                ("On Ferns and Roses", "José Muñoz; Gaël Šik"), ("Abstract", "It costs 5% more & 10 kg."),
                ("Introduction", "Ferns like “deep shade”—not sun. The area $A = \\pi r^2$ with \\(r_1 > 0\\).\n\n\\begin{align}\na &= b \\\\ % kept\nc &= d\n\\end{align}"),
                ("Introduction > Care", "1. First bold\n2. Second (See http://x.y/%20z.)\n\nPrices\n\n| Plant | Cost |  |\n| --- | --- | --- |\n| Rose & co | 2 & 3 | 4 |\n\nif (x) { % no comment\n\na{b red linked"),
            ],
            Sections(document).Select(section => (section.Heading, section.Text)));
        Assert.Equal([TextBlockKind.Table, TextBlockKind.Code], document.Blocks!.Select(block => block.Kind));
    }

    [Theory]
    [InlineData(@"A part \emph{of} one \$5 and a stray $5 sign.", "A part of one $5 and a stray $5 sign.")]
    [InlineData(@"\begin{itemize}\item a \begin{itemize}\item b\end{itemize}\item[x] c\end{itemize}d", "a\nb\nx c\n\nd")]
    [InlineData(@"\begin{frame}{Slide}\begin{block}{Note} text\end{block}\end{frame}", "Slide\n\nNote text")]
    [InlineData(@"unclosed {brace \textbf{and \begin{verbatim} code", "unclosed brace and\n\ncode")]
    [InlineData(@"\def\x#1{gone}\let\y\z" + "\nkept \\'{\\i} \\c{c} \\ss{} \\LaTeX{} -- x", "kept í ç ß LaTeX – x")]
    public void Pieces_AreWhatIsPrinted(string latex, string text) => Assert.Equal(text, Read("a.tex", latex).Text);

    [Fact]
    public void Damaged_IsReadOrRefused()
    {
        foreach (var broken in Mutations.Of(System.Text.Encoding.UTF8.GetBytes(Paper), 500, seed: 41))
        {
            try
            {
                Read("a.tex", broken);
            }
            catch (DocumentRejectedException)
            {
                // It says why.
            }
        }
    }
}
