import * as React from 'react';

type Props = { items: string[]; onPick: (item: string) => void };

export const List: React.FC<Props> = ({ items, onPick }) => {
  const [picked, setPicked] = React.useState<string | null>(null);
  // Remember what was picked.
  React.useEffect(() => {
    if (!picked) {
      return;
    }
    onPick(picked);
    setPicked(null);
  }, [picked]);

  return (
    <ul>
      {/* a comment in JSX */}
      {items.map((item) => {
        const label = item.trim();
        const key = label.toLowerCase();
        return (
          <li key={key} onClick={() => {
            setPicked(item);
            onPick(item);
          }}>
            {label}
          </li>
        );
      })}
    </ul>
  );
};

export default class Page extends React.Component<Props> {
  state = { open: false };

  toggle = () => {
    this.setState({ open: true });
    this.props.onPick('');
    this.forceUpdate();
  };

  render() {
    const { items } = this.props;
    const shown = items.slice(0, 3);
    return <List items={shown} onPick={this.props.onPick} />;
  }
}
